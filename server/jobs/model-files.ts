/** A version as the files that people take away: safetensors, and tfjs' model.json with its weights. */
import type { Manifest } from '../../shared/jobs/manifest.ts'
import { flatBytes } from '../../shared/tensors/bytes.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { elements, type Layout } from '../../shared/tensors/layout.ts'
import { writeSafetensors } from '../../shared/tensors/safetensors.ts'
import type { BlobStore } from '../storage/blobs.ts'
import type { VersionStore } from './versions.ts'

export class VersionFiles {
  private readonly blobs: BlobStore
  private readonly versions: VersionStore

  constructor(blobs: BlobStore, versions: VersionStore) {
    this.blobs = blobs
    this.versions = versions
  }

  manifest(digest: string): Promise<Manifest> {
    return this.versions.manifest(digest)
  }

  /** All tensors, the frozen ones too, in the layout's order. */
  async safetensors(digest: string): Promise<Iterable<Uint8Array> | AsyncIterable<Uint8Array>> {
    const manifest = await this.manifest(digest)
    // Without frozen tensors the stored blob is that file already.
    if (!manifest.base) return this.blobs.read(manifest.params.digest)
    const { layout, params } = await this.whole(digest)
    return writeSafetensors(layout, params)
  }

  async tfjsModel(digest: string): Promise<object> {
    const { frame } = await this.versions.get(digest)
    return {
      format: 'layers-model',
      generatedBy: 'Tributary',
      convertedBy: null,
      modelTopology: frame.topology,
      weightsManifest: [
        { paths: ['weights.bin'], weights: frame.layout.map(({ name, shape, dtype }) => ({ name, shape, dtype })) },
      ],
    }
  }

  async tfjsWeights(digest: string): Promise<Iterable<Uint8Array>> {
    return flatBytes((await this.whole(digest)).params)
  }

  blob(digest: string): AsyncIterable<Uint8Array> {
    return this.blobs.read(digest)
  }

  blobSize(digest: string): Promise<number | null> {
    return this.blobs.size(digest)
  }

  private async whole(digest: string): Promise<{ layout: Layout; params: FlatParams }> {
    const { frame, version } = await this.versions.get(digest)
    const at = { flat: 0, frozen: 0 }
    const pieces = frame.layout.map(({ shape, role }) => {
      const size = elements(shape)
      if (role === 'frozen') {
        at.frozen += size
        return frame.baseParams.read(at.frozen - size, size)
      }
      at.flat += size
      return version.params.read(at.flat - size, size)
    })
    return { layout: frame.layout, params: FlatParams.concat(pieces) }
  }
}
