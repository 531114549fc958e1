import { type Manifest, parseManifest } from '../../shared/jobs/manifest.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import { joinBytes } from '../../shared/tensors/bytes.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { flatTensors, frozenTensors, type TensorSpec } from '../../shared/tensors/layout.ts'
import { SafetensorsReader } from '../../shared/tensors/safetensors.ts'
import type { BlobCache } from './blob-cache.ts'
import { type BlobSource, Downloads } from './blob-download.ts'
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

export interface DownloadOptions extends BlobSource {
  readonly cache: BlobCache
  /** What earlier tries have brought, where this one may follow another. */
  readonly downloads?: Downloads | undefined
  readonly onProgress?: ((fraction: number) => void) | undefined
}

/** Fetches a version by its manifest's digest. Every byte is checked against its sha256 before it is used. */
export async function downloadModel(digest: string, options: DownloadOptions): Promise<ReceivedModel> {
  const downloads = options.downloads ?? new Downloads()
  let bytesDown = 0
  const blob = async (name: string, onProgress?: (fraction: number) => void): Promise<Uint8Array[]> => {
    const cached = await options.cache.get(name)
    if (cached && new Digest().update(cached).hex() === name) return [cached]
    const pieces = await downloads.fetch(name, options, onProgress)
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

function readTensors(pieces: readonly Uint8Array[], tensors: readonly TensorSpec[]): FlatParams {
  const reader = new SafetensorsReader(tensors)
  for (const piece of pieces) reader.push(piece)
  return reader.finish()
}

function parseJson(pieces: readonly Uint8Array[]): unknown {
  return JSON.parse(new TextDecoder().decode(joinBytes(pieces)))
}
