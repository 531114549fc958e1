import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Request, type Response, Router } from 'express'
import { TributaryError } from '../../shared/errors/error.ts'
import type { ErrorBody } from '../../shared/protocol/dashboard.ts'
import type { Log } from '../logging/log.ts'
import type { Guard } from './guard.ts'
import type { ModelCards, ModelFiles } from './services.ts'

/** Versions and blobs, by sha256: the same bytes for ever. */
export function modelRoutes(files: ModelFiles, cards: ModelCards, guard: Guard, log: Log): Router {
  const routes = Router()
  routes.use(['/models', '/blobs'], guard('read', 'model'))
  routes.param('digest', (_request, _response, next, digest: string) => {
    next(/^[0-9a-f]{64}$/.test(digest) ? undefined : unknownDigest(digest))
  })

  routes.get('/models/:digest', async ({ params }, response) => {
    const manifest = await files.manifest(params.digest)
    immutable(response).json(manifest)
  })
  routes.get('/models/:digest/model.safetensors', async ({ params }, response) => {
    await send(response, await files.safetensors(params.digest), `${params.digest.slice(0, 12)}.safetensors`)
  })
  routes.get('/models/:digest/model.json', async ({ params }, response) => {
    immutable(response).json(await files.tfjsModel(params.digest))
  })
  routes.get('/models/:digest/weights.bin', async ({ params }, response) => {
    await send(response, await files.allWeights(params.digest))
  })
  // Not for ever: scores come in after their version, and its job goes on.
  routes.get('/models/:digest/card.json', async ({ params }, response) => {
    response.json(await cards.card(params.digest))
  })
  routes.get('/models/:digest/card.md', async ({ params }, response) => {
    response.type('text/markdown').send(await cards.markdown(params.digest))
  })
  routes.get('/models/:digest/:shard', async ({ params }, response) => {
    await send(response, await files.tfjsShard(params.digest, params.shard))
  })
  routes.get('/blobs/:digest', async (request, response) => {
    const { digest } = request.params
    log.milestone('download-begun', {})
    const size = await files.blobSize(digest)
    if (size === null) throw unknownDigest(digest)
    const range = partOf(request, digest, size)
    response.setHeader('Accept-Ranges', 'bytes').setHeader('ETag', `"${digest}"`)
    if (range === 'past the end') {
      const message = `The blob has ${size} bytes; ${String(request.headers.range).slice(0, 60)} begins past its end.`
      response.status(416).setHeader('Content-Range', `bytes */${size}`).setHeader('Cache-Control', 'no-store')
      response.json({ error: { code: 'protocol/malformed', message } } satisfies ErrorBody)
      return
    }
    const { start, end } = range ?? { start: 0, end: size - 1 }
    if (range) response.status(206).setHeader('Content-Range', `bytes ${start}-${end}/${size}`)
    response.setHeader('Content-Length', end - start + 1)
    if (request.method === 'HEAD') immutable(response).end()
    else await send(response, range ? slice(files.blob(digest), start, end) : files.blob(digest))
  })
  return routes
}

/** The one range that is asked for, inclusive; null: all of it. More ranges than one may be answered with all, says RFC 9110. */
function partOf(
  request: Request,
  digest: string,
  size: number,
): { start: number; end: number } | 'past the end' | null {
  const condition = request.headers['if-range']
  if (condition !== undefined && condition !== `"${digest}"`) return null
  const ranges = request.range(size)
  if (ranges === -1) return 'past the end'
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null
  return ranges[0] ?? null
}

/**
 * Bytes `start` to `end`, inclusive. A blob is read from its beginning, and to its end where that is asked for: only so
 * its digest is checked. Reading is quick beside the network, which only the part asked for crosses.
 */
async function* slice(pieces: AsyncIterable<Uint8Array>, start: number, end: number): AsyncIterable<Uint8Array> {
  let at = 0
  for await (const piece of pieces) {
    const part = piece.subarray(Math.max(0, start - at), Math.max(0, end + 1 - at))
    at += piece.length
    if (part.length > 0) yield part
    if (at > end + 1) return
  }
}

function unknownDigest(digest: string): TributaryError {
  return new TributaryError(
    'model/unknown',
    `Nothing is stored under ${digest.slice(0, 80)}. The dashboard lists the versions that there are.`,
  )
}

function immutable(response: Response): Response {
  return response.setHeader('Cache-Control', 'private, max-age=31536000, immutable')
}

async function send(
  response: Response,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  name?: string,
): Promise<void> {
  immutable(response).type('application/octet-stream')
  if (name) response.attachment(name)
  await pipeline(Readable.from(pieces), response)
}
