/** A version as the files that people take away: safetensors, and tfjs' model.json with its weights. */
import { TributaryError } from '../../shared/errors/error.ts'
import type { Manifest } from '../../shared/jobs/manifest.ts'
import { flatBytes } from '../../shared/tensors/bytes.ts'
import { FlatParams, tileCount } from '../../shared/tensors/flat.ts'
import { elements, flatLength, frozenTensors, type Layout, placedTensors } from '../../shared/tensors/layout.ts'
import { safetensorsHead, writeSafetensors } from '../../shared/tensors/safetensors.ts'
import type { BlobStore } from '../storage/blobs.ts'
import type { VersionStore } from './versions.ts'

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

interface Whole {
  readonly layout: Layout
  /** All tensors, the frozen ones too, in the layout's order. */
  readonly params: FlatParams
}

export class VersionFiles {
  private readonly blobs: BlobStore
  private readonly versions: VersionStore
  /** The model that was asked for last: its shards are asked for one after the other. Memory may take it back at any time. */
  private last: { readonly digest: string; readonly whole: WeakRef<Whole> } | null = null

  constructor(blobs: BlobStore, versions: VersionStore) {
    this.blobs = blobs
    this.versions = versions
  }

  manifest(digest: string): Promise<Manifest> {
    return this.versions.manifest(digest)
  }

  /** All tensors, the frozen ones too, in the layout's order, under the names that Keras gives them. */
  async safetensors(digest: string): Promise<Pieces> {
    const { job, version, layout, base, params } = await this.manifest(digest)
    const about = { job, version: String(version), manifest: digest }
    if (base) return writeSafetensors(layout, (await this.whole(digest)).params, about)
    // Without frozen tensors the stored blob is that file already, but for what it says of itself.
    return withHead(safetensorsHead(layout, about), this.blobs.read(params.digest))
  }

  async tfjsModel(digest: string): Promise<object> {
    const { frame } = await this.versions.get(digest)
    if ('tensors' in frame.topology)
      throw new TributaryError(
        'model/unknown',
        'This job’s model is of tensors without layers, which TensorFlow.js has no file for. Take the safetensors.',
      )
    return {
      format: 'layers-model',
      generatedBy: 'Tributary',
      convertedBy: null,
      modelTopology: frame.topology,
      weightsManifest: [
        {
          paths: shardNames(frame.layout),
          weights: frame.layout.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
        },
      ],
    }
  }

  /** The files that model.json names. */
  async tfjsShards(digest: string): Promise<string[]> {
    return shardNames((await this.manifest(digest)).layout)
  }

  /** One of them. Throws 'model/unknown'. */
  async tfjsShard(digest: string, name: string): Promise<Pieces> {
    const shard = (await this.tfjsShards(digest)).indexOf(name)
    if (shard < 0) {
      throw new TributaryError(
        'model/unknown',
        `The model ${digest} has no file ${name.slice(0, 80)}; its model.json names those it has.`,
      )
    }
    const { params } = await this.whole(digest)
    const tile = params.tiles[shard]
    return flatBytes(FlatParams.over(tile ? [tile] : []))
  }

  /** All weights in one file, as float32 in the layout's order. */
  async allWeights(digest: string): Promise<Pieces> {
    return flatBytes((await this.whole(digest)).params)
  }

  blob(digest: string): AsyncIterable<Uint8Array> {
    return this.blobs.read(digest)
  }

  blobSize(digest: string): Promise<number | null> {
    return this.blobs.size(digest)
  }

  private async whole(digest: string): Promise<Whole> {
    const kept = this.last?.digest === digest ? this.last.whole.deref() : undefined
    if (kept) return kept
    const { frame, version } = await this.versions.get(digest)
    const { layout, baseParams } = frame
    const params = frozenTensors(layout).length === 0 ? version.params : merged(layout, version.params, baseParams)
    const whole = { layout, params }
    this.last = { digest, whole: new WeakRef(whole) }
    return whole
  }
}

/** As tensorflowjs_converter names and cuts them: 4 MiB each, which a tile is. */
function shardNames(layout: Layout): string[] {
  const frozen = frozenTensors(layout).reduce((n, { shape }) => n + elements(shape), 0)
  const shards = Math.max(1, tileCount(flatLength(layout) + frozen))
  return Array.from({ length: shards }, (_, i) => `group1-shard${i + 1}of${shards}.bin`)
}

function merged(layout: Layout, params: FlatParams, base: FlatParams): FlatParams {
  const values = { params, base }
  return FlatParams.concat(placedTensors(layout).map(({ part, at, size }) => values[part].read(at, size)))
}

/** A safetensors file with another head, its tensors as they are. */
async function* withHead(head: Uint8Array, file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  let before = new Uint8Array(0)
  let values = false
  for await (const piece of file) {
    if (values) {
      yield piece
      continue
    }
    before = Buffer.concat([before, piece])
    if (before.length < 8) continue
    const end = 8 + Number(new DataView(before.buffer, before.byteOffset).getBigUint64(0, true))
    if (before.length < end) continue
    values = true
    yield before.subarray(end)
  }
}
