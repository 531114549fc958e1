/** Model versions on their way into the store and out of it. */
import { createHash } from 'node:crypto'
import { inputOf } from '../../shared/datasets/schema.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import { answerOf } from '../../shared/jobs/answer.ts'
import type { JobConfig } from '../../shared/jobs/config.ts'
import { type Manifest, parseManifest } from '../../shared/jobs/manifest.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import { PRESETS } from '../../shared/jobs/presets/presets.ts'
import { freezeLayers } from '../../shared/jobs/topology/freeze.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { flatTensors, frozenTensors, type Layout, layoutText, type TensorSpec } from '../../shared/tensors/layout.ts'
import { SafetensorsReader, writeSafetensors } from '../../shared/tensors/safetensors.ts'
import type { BlobStore } from '../storage/blobs.ts'

/** What all versions of a job have in common. */
export interface ModelFrame {
  readonly job: string
  readonly topology: Topology
  readonly topologyDigest: string
  readonly layout: Layout
  /** sha256 of the layout's canonical text: what an update names. */
  readonly layoutDigest: string
  readonly base: Manifest['base']
  readonly initial: Manifest['initial']
  readonly baseParams: FlatParams
}

export interface Version {
  readonly number: number
  /** The manifest's sha256. */
  readonly digest: string
  readonly params: FlatParams
  readonly bytes: number
}

/** Throws 'job/invalid' where the job freezes layers that are not there. */
export function topologyOf(config: JobConfig): Topology {
  const { model, data } = config
  if ('tensors' in model) return { tensors: model.tensors }
  if ('topology' in model) return freezeLayers(model.topology, model.frozen)
  // The configuration's schema lets no preset pass with such data.
  if (data.kind === 'own')
    throw new TributaryError('job/invalid', 'model.preset: a preset is for data of a known shape.')
  return freezeLayers(PRESETS[model.preset].make({ ...inputOf(data), ...answerOf(config) }), model.frozen)
}

export function layoutDigest(layout: Layout): string {
  return createHash('sha256').update(layoutText(layout)).digest('hex')
}

/** Versions as blobs: written whole, read back checked. A version is nobody's until a record names its digest. */
export class VersionStore {
  private readonly blobs: BlobStore

  constructor(blobs: BlobStore) {
    this.blobs = blobs
  }

  /** Stores what does not change from version to version. */
  async putFrame(
    job: string,
    topology: Topology,
    layout: Layout,
    baseParams: FlatParams,
    initial: Manifest['initial'] = null,
  ): Promise<ModelFrame> {
    const frozen = frozenTensors(layout)
    const base = frozen.length > 0 ? await this.blobs.put(writeSafetensors(frozen, baseParams)) : null
    const topologyDigest = (await this.blobs.put([utf8(JSON.stringify(topology))])).digest
    return { job, topology, topologyDigest, layout, layoutDigest: layoutDigest(layout), base, initial, baseParams }
  }

  /** Makes a version durable. */
  async put(frame: ModelFrame, number: number, parent: string | null, params: FlatParams): Promise<Version> {
    const stored = await this.blobs.put(writeSafetensors(flatTensors(frame.layout), params))
    const manifest: Manifest = {
      format: 'tributary-model/1',
      job: frame.job,
      version: number,
      parent,
      topology: frame.topologyDigest,
      layout: frame.layout.map((t) => ({ ...t, shape: [...t.shape] })),
      params: stored,
      base: frame.base,
      initial: frame.initial,
      optimizerState: null,
    }
    const { digest } = await this.blobs.put([utf8(JSON.stringify(manifest))])
    return { number, digest, params, bytes: stored.bytes }
  }

  async manifest(digest: string): Promise<Manifest> {
    return parseManifest(await this.json(digest))
  }

  /** A version and its frame. Throws 'model/unknown', 'model/corrupt' or 'storage/corrupt'. */
  async get(digest: string): Promise<{ frame: ModelFrame; version: Version }> {
    const manifest = await this.manifest(digest)
    const { job, layout, base, initial } = manifest
    const params = await this.tensors(manifest.params.digest, flatTensors(layout))
    const baseParams = base ? await this.tensors(base.digest, frozenTensors(layout)) : FlatParams.zeros(0)
    const topology = (await this.json(manifest.topology)) as Topology
    const topologyDigest = manifest.topology
    return {
      frame: { job, topology, topologyDigest, layout, layoutDigest: layoutDigest(layout), base, initial, baseParams },
      version: { number: manifest.version, digest, params, bytes: manifest.params.bytes },
    }
  }

  private async tensors(digest: string, specs: readonly TensorSpec[]): Promise<FlatParams> {
    const reader = new SafetensorsReader(specs)
    for await (const piece of this.blobs.read(digest)) reader.push(piece)
    return reader.finish()
  }

  private async json(digest: string): Promise<unknown> {
    const pieces: Uint8Array[] = []
    for await (const piece of this.blobs.read(digest)) pieces.push(piece)
    try {
      return JSON.parse(Buffer.concat(pieces).toString('utf8'))
    } catch {
      throw new TributaryError('model/corrupt', `The blob ${digest} is not JSON.`)
    }
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
