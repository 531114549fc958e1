import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { joinBytes } from '../../shared/tensors/bytes.ts'
import { Downloads } from './blob-download.ts'
import { digestOf } from './digest.ts'

const BLOB = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 251)
const DIGEST = digestOf([BLOB])
const SOURCE = { url: 'http://coordinator' }

let asked: (string | null)[]
/** What becomes of each request in turn; afterwards all goes well. */
let fates: ((from: number, signal: AbortSignal) => Response | Promise<Response>)[]

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  fates = []
  vi.stubGlobal('fetch', async (_: string, { headers, signal }: RequestInit) => {
    const range = new Headers(headers).get('Range')
    asked.push(range)
    const from = Number(/\d+/.exec(range ?? '0')?.[0])
    return (fates.shift() ?? partOf)(from, signal as AbortSignal)
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

function partOf(from: number): Response {
  if (from === 0) return new Response(BLOB.slice(), { headers: { 'Content-Length': `${BLOB.length}` } })
  const headers = {
    'Content-Length': `${BLOB.length - from}`,
    'Content-Range': `bytes ${from}-${BLOB.length - 1}/${BLOB.length}`,
  }
  return new Response(BLOB.slice(from), { status: 206, headers })
}

/** Sends bytes up to `to` and then fails, or falls silent. */
const until =
  (to: number, end: 'cut' | 'silence' = 'cut') =>
  (from: number): Response => {
    let pulls = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulls++ === 0) controller.enqueue(BLOB.slice(from, to))
        else if (end === 'cut') controller.error(new TypeError('terminated'))
        else return new Promise(() => {})
      },
    })
    const headers = { 'Content-Length': `${BLOB.length - from}`, 'Content-Range': `bytes ${from}-999/1000` }
    return new Response(body, { status: from > 0 ? 206 : 200, headers })
  }

const same = (pieces: Uint8Array[]) => expect(digestOf([joinBytes(pieces)])).toBe(DIGEST)

describe('R9: a blob', () => {
  it('of which a part has come is asked for from there on', async () => {
    const downloads = new Downloads()
    const progress: number[] = []
    fates = [until(400), until(700)]
    const fetching = () => downloads.fetch(DIGEST, SOURCE, (f) => progress.push(f))
    await expect(fetching()).rejects.toMatchObject({ code: 'network/unreachable', retryable: true })
    await expect(fetching()).rejects.toMatchObject({ code: 'network/unreachable' })
    same(await fetching())
    expect(asked).toEqual([null, 'bytes=400-', 'bytes=700-'])
    expect(progress).toEqual([0.4, 0.7, 1])
  })

  it('is taken whole from a coordinator that knows no ranges', async () => {
    const downloads = new Downloads()
    fates = [until(400), () => partOf(0)]
    await expect(downloads.fetch(DIGEST, SOURCE)).rejects.toThrow()
    same(await downloads.fetch(DIGEST, SOURCE))
    expect(asked).toEqual([null, 'bytes=400-'])
  })

  it.each([
    ['another part', () => new Response('x', { status: 206, headers: { 'Content-Range': 'bytes 0-0/1000' } })],
    ['416', () => new Response('', { status: 416 })],
  ])('is asked for from the start where the answer is %s', async (_, answer) => {
    const downloads = new Downloads()
    fates = [until(400), answer]
    await expect(downloads.fetch(DIGEST, SOURCE)).rejects.toThrow()
    same(await downloads.fetch(DIGEST, SOURCE))
    expect(asked).toEqual([null, 'bytes=400-', null])
  })

  it('whose parts do not belong together is fetched once more from the start', async () => {
    const downloads = new Downloads()
    const other = (from: number) =>
      new Response(new Uint8Array(1000 - from), { status: 206, headers: { 'Content-Range': `bytes ${from}-999/1000` } })
    fates = [until(400), other]
    await expect(downloads.fetch(DIGEST, SOURCE)).rejects.toThrow()
    same(await downloads.fetch(DIGEST, SOURCE))
    expect(asked).toEqual([null, 'bytes=400-', null])
  })

  it('whose answer ends early without an error is not complete', async () => {
    const downloads = new Downloads()
    fates = [() => new Response(BLOB.slice(0, 300), { headers: { 'Content-Length': '1000' } })]
    await expect(downloads.fetch(DIGEST, SOURCE)).rejects.toMatchObject({ code: 'network/unreachable' })
    same(await downloads.fetch(DIGEST, SOURCE))
    expect(asked).toEqual([null, 'bytes=300-'])
  })

  it('that falls silent is given up after a while', async () => {
    const downloads = new Downloads()
    fates = [until(400, 'silence')]
    const failing = expect(downloads.fetch(DIGEST, SOURCE)).rejects.toMatchObject({ code: 'network/unreachable' })
    await vi.advanceTimersByTimeAsync(15_000)
    await failing
    same(await downloads.fetch(DIGEST, SOURCE))
    expect(asked).toEqual([null, 'bytes=400-'])
  })

  it('that has been silent for a moment is given up when the network was away', async () => {
    const downloads = new Downloads()
    fates = [until(400, 'silence')]
    let failed = false
    const fetching = downloads.fetch(DIGEST, SOURCE).catch(() => {
      failed = true
    })
    await vi.advanceTimersByTimeAsync(1000)
    downloads.stir()
    await vi.advanceTimersByTimeAsync(0)
    expect(failed).toBe(false)
    await vi.advanceTimersByTimeAsync(1500)
    downloads.stir()
    await fetching
    expect(failed).toBe(true)
  })

  it('that too many ask for says when to come again', async () => {
    fates = [() => new Response('', { status: 429, headers: { 'Retry-After': '3' } })]
    const failing = new Downloads().fetch(DIGEST, SOURCE)
    await expect(failing).rejects.toMatchObject({ code: 'access/too-many', retryMs: 3000, retryable: true })
  })
})
