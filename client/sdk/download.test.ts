import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sameBits } from '../../shared/tensors/testing.ts'
import { type BlobCache, noCache } from './blob-cache.ts'
import { type DownloadOptions, downloadModel } from './download.ts'
import { type ServedModel, servedModel } from './testing.ts'

class MapCache implements BlobCache {
  readonly blobs = new Map<string, Uint8Array>()
  async get(digest: string): Promise<Uint8Array | null> {
    return this.blobs.get(digest) ?? null
  }
  async put(digest: string, bytes: Uint8Array): Promise<void> {
    this.blobs.set(digest, bytes.slice())
  }
}

let model: ServedModel
let fetch: (url: string, init?: RequestInit) => Promise<Response>
const options: DownloadOptions = { url: 'http://coordinator', token: 'a-token', cache: noCache }

beforeEach(() => {
  model = servedModel()
  fetch = model.fetch
  vi.stubGlobal('fetch', (url: string, init?: RequestInit) => fetch(url, init))
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const code = (expected: string) => expect.objectContaining({ code: expected, message: expect.stringMatching(/\.$/) })

describe('a download', () => {
  it('brings manifest, topology, parameters and frozen tensors', async () => {
    const received = await downloadModel(model.digest, options)
    expect(received.manifest).toEqual(model.manifest)
    expect(received.topology).toEqual(model.topology)
    expect(sameBits(received.params, model.params)).toBe(true)
    expect(sameBits(received.base, model.base)).toBe(true)
    expect(received.bytesDown).toBe(model.bytes)
    expect(model.requests).toHaveLength(4)
    for (const { url, authorization } of model.requests) {
      expect(url).toMatch(/^http:\/\/coordinator\/api\/blobs\/[0-9a-f]{64}$/)
      expect(authorization).toBe('Bearer a-token')
    }
  })

  it('goes without a token where a cookie goes along', async () => {
    await downloadModel(model.digest, { ...options, token: undefined })
    expect(model.requests[0]?.authorization).toBeNull()
  })

  it('tells how far the parameters are', async () => {
    const progress: number[] = []
    await downloadModel(model.digest, { ...options, onProgress: (f) => progress.push(f) })
    expect(progress.at(-1)).toBe(1)
  })

  it('fetches nothing that is kept already', async () => {
    const cache = new MapCache()
    await downloadModel(model.digest, { ...options, cache })
    const again = await downloadModel(model.digest, { ...options, cache })
    expect(model.requests).toHaveLength(4)
    expect(again.bytesDown).toBe(0)
    expect(sameBits(again.params, model.params)).toBe(true)
  })

  it('fetches anew what has gone bad in the cache', async () => {
    const cache = new MapCache()
    await downloadModel(model.digest, { ...options, cache })
    cache.blobs.get(model.manifest.params.digest)?.fill(0)
    const again = await downloadModel(model.digest, { ...options, cache })
    expect(model.requests).toHaveLength(5)
    expect(sameBits(again.params, model.params)).toBe(true)
    expect(cache.blobs.get(model.manifest.params.digest)).toEqual(model.blobs.get(model.manifest.params.digest))
  })

  it('refuses bytes that do not have their sha256, and keeps nothing of them', async () => {
    const cache = new MapCache()
    const { digest } = model.manifest.params
    model.blobs.set(digest, Uint8Array.of(1, 2, 3))
    await expect(downloadModel(model.digest, { ...options, cache })).rejects.toEqual(code('model/corrupt'))
    expect(cache.blobs.has(digest)).toBe(false)
  })

  it('refuses a manifest that is none, and one whose tensors do not fit its layout', async () => {
    await expect(downloadModel(model.json({ format: 'else' }).digest, options)).rejects.toEqual(code('model/corrupt'))
    const other = { ...model.manifest, layout: model.manifest.layout.slice(0, 1) }
    await expect(downloadModel(model.json(other).digest, options)).rejects.toEqual(code('model/corrupt'))
  })

  it.each([
    [401, 'access/denied', false],
    [403, 'access/denied', false],
    [404, 'model/unknown', false],
    [500, 'network/http', true],
    [503, 'network/http', true],
  ])('answered with %i fails as %s', async (status, expected, retryable) => {
    fetch = async () => new Response('no', { status })
    const failing = downloadModel(model.digest, options)
    await expect(failing).rejects.toEqual(code(expected))
    await expect(failing).rejects.toMatchObject({ retryable })
  })

  it('of a coordinator that cannot be reached may be tried again', async () => {
    fetch = async () => {
      throw new TypeError('fetch failed')
    }
    const failing = downloadModel(model.digest, options)
    await expect(failing).rejects.toEqual(code('network/unreachable'))
    await expect(failing).rejects.toMatchObject({ retryable: true })
  })

  it('that breaks off in the middle may be tried again', async () => {
    fetch = async () => {
      let pulls = 0
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (pulls++ === 0) controller.enqueue(Uint8Array.of(1))
          else controller.error(new TypeError('terminated'))
        },
      })
      return new Response(body)
    }
    const failing = downloadModel(model.digest, options)
    await expect(failing).rejects.toEqual(code('network/unreachable'))
    await expect(failing).rejects.toMatchObject({ retryable: true })
  })

  it('that is ended says so', async () => {
    const controller = new AbortController()
    controller.abort()
    fetch = async (_url, init) => {
      init?.signal?.throwIfAborted()
      return new Response('')
    }
    await expect(downloadModel(model.digest, { ...options, signal: controller.signal })).rejects.toEqual(
      code('training/cancelled'),
    )
  })
})
