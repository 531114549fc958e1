import type { ErrorCode } from '../../shared/errors/codes.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import { type Manifest, parseManifest } from '../../shared/jobs/manifest.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import { joinBytes } from '../../shared/tensors/bytes.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { flatTensors, frozenTensors, type TensorSpec } from '../../shared/tensors/layout.ts'
import { SafetensorsReader } from '../../shared/tensors/safetensors.ts'
import type { BlobCache } from './blob-cache.ts'
import { Digest } from './digest.ts'

/** A version of a model as it comes from the coordinator. */
export interface ReceivedModel {
  readonly digest: string
  readonly manifest: Manifest
  readonly topology: Topology
  readonly params: FlatParams
  readonly base: FlatParams
  /** Bytes that travelled for it; 0 where all was at hand. */
  readonly bytesDown: number
}

export interface DownloadOptions {
  /** The coordinator's origin. */
  readonly url: string
  /** The client's token; absent where a cookie goes along. */
  readonly token?: string | undefined
  readonly cache: BlobCache
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((fraction: number) => void) | undefined
}

/** Answers that asking again would not change. */
const REFUSALS: Readonly<Record<number, ErrorCode>> = {
  401: 'access/denied',
  403: 'access/denied',
  404: 'model/unknown',
}

/** Fetches a version by its manifest's digest. Every byte is checked against its sha256 before it is used. */
export async function downloadModel(digest: string, options: DownloadOptions): Promise<ReceivedModel> {
  let bytesDown = 0
  const blob = async (name: string, onProgress?: (fraction: number) => void): Promise<Uint8Array[]> => {
    const cached = await options.cache.get(name)
    if (cached && new Digest().update(cached).hex() === name) return [cached]
    const pieces = await fetchBlob(name, options, onProgress)
    bytesDown += pieces.reduce((n, p) => n + p.length, 0)
    await options.cache.put(name, joinBytes(pieces))
    return pieces
  }
  const manifest = parseManifest(parseJson(await blob(digest)))
  const topology = parseJson(await blob(manifest.topology)) as Topology
  const params = readTensors(await blob(manifest.params.digest, options.onProgress), flatTensors(manifest.layout))
  const base = manifest.base
    ? readTensors(await blob(manifest.base.digest), frozenTensors(manifest.layout))
    : FlatParams.zeros(0)
  return { digest, manifest, topology, params, base, bytesDown }
}

async function fetchBlob(
  digest: string,
  options: DownloadOptions,
  onProgress?: (fraction: number) => void,
): Promise<Uint8Array[]> {
  const { signal } = options
  const response = await request(`/api/blobs/${digest}`, options)
  const total = Number(response.headers.get('Content-Length') ?? 0)
  const hash = new Digest()
  const pieces: Uint8Array[] = []
  let held = 0
  const reader = response.body?.getReader()
  if (!reader) throw new TributaryError('network/http', 'The coordinator’s answer has no body. Try again.')
  for (;;) {
    const { done, value } = await reader.read().catch((cause) => lost(signal, cause))
    if (done) break
    hash.update(value)
    pieces.push(value)
    held += value.length
    if (total > 0) onProgress?.(Math.min(1, held / total))
  }
  if (hash.hex() !== digest) {
    throw new TributaryError(
      'model/corrupt',
      'The model that arrived is not the one that was asked for: its sha256 differs. It is fetched again at the next task.',
    )
  }
  return pieces
}

async function request(path: string, { url, token, signal }: DownloadOptions): Promise<Response> {
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {}
  const response = await fetch(`${url}${path}`, { headers, ...(signal ? { signal } : {}) }).catch((cause) =>
    lost(signal, cause),
  )
  if (response.ok) return response
  throw new TributaryError(
    REFUSALS[response.status] ?? 'network/http',
    `The coordinator answered ${response.status} to ${path}. Reload the page; if that does not help, tell whoever runs the coordinator.`,
  )
}

/** No answer, or one that broke off in the middle. */
function lost(signal: AbortSignal | undefined, cause: unknown): never {
  if (signal?.aborted) throw new TributaryError('training/cancelled', 'The download was ended.', { cause })
  throw new TributaryError(
    'network/unreachable',
    'The coordinator cannot be reached. It is tried again at the next task.',
    { cause },
  )
}

function readTensors(pieces: readonly Uint8Array[], tensors: readonly TensorSpec[]): FlatParams {
  const reader = new SafetensorsReader(tensors)
  for (const piece of pieces) reader.push(piece)
  return reader.finish()
}

function parseJson(pieces: readonly Uint8Array[]): unknown {
  return JSON.parse(new TextDecoder().decode(joinBytes(pieces)))
}
