/** What the HTTP side needs of the other rooms. */
import type { ImageDataset } from '../../shared/datasets/dataset.ts'
import type { Manifest } from '../../shared/jobs/manifest.ts'
import type { DashboardSnapshot } from '../../shared/protocol/dashboard.ts'
import type { JobInfo } from '../../shared/protocol/participant.ts'

export interface ModelFiles {
  manifest(digest: string): Promise<Manifest>
  safetensors(digest: string): Promise<Iterable<Uint8Array> | AsyncIterable<Uint8Array>>
  /** tfjs' model.json, which names weights.bin beside it. */
  tfjsModel(digest: string): Promise<object>
  tfjsWeights(digest: string): Promise<Iterable<Uint8Array>>
  blob(digest: string): AsyncIterable<Uint8Array>
  blobSize(digest: string): Promise<number | null>
}

export type AdminCommand =
  | { readonly type: 'start' | 'pause' | 'resume' | 'stop' | 'again' }
  | { readonly type: 'more'; readonly rounds: number }

export interface JobDesk {
  jobInfo(): JobInfo
  snapshot(): DashboardSnapshot
  command(command: AdminCommand): Promise<void>
  /** The examples of a partition of the demo data. Throws 'data/partition'. */
  partition(index: number): ImageDataset
}
