import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Response, Router } from 'express'
import { TributaryError } from '../../shared/errors/error.ts'
import type { Guard } from './guard.ts'
import type { ModelFiles } from './services.ts'

/** Versions and blobs, by sha256: the same bytes for ever. */
export function modelRoutes(files: ModelFiles, guard: Guard): Router {
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
    await send(response, await files.tfjsWeights(params.digest))
  })
  routes.get('/blobs/:digest', async ({ params }, response) => {
    const size = await files.blobSize(params.digest)
    if (size === null) throw unknownDigest(params.digest)
    response.setHeader('Content-Length', size)
    await send(response, files.blob(params.digest))
  })
  return routes
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
