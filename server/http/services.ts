/** What the HTTP side needs of the other rooms. */
import type { ImageDataset } from '../../shared/datasets/dataset.ts'
import type { Manifest } from '../../shared/jobs/manifest.ts'
import type { DashboardSnapshot } from '../../shared/protocol/dashboard.ts'
import type { JobInfo } from '../../shared/protocol/participant.ts'

export interface ModelFiles {
  manifest(digest: string): Promise<Manifest>
  safetensors(digest: string): Promise<Iterable<Uint8Array> | AsyncIterable<Uint8Array>>
  /** tfjs' model.json, which names the files of the weights beside it. */
  tfjsModel(digest: string): Promise<object>
  /** One of those. Throws 'model/unknown'. */
  tfjsShard(digest: string, name: string): Promise<Iterable<Uint8Array> | AsyncIterable<Uint8Array>>
  /** All weights as float32, one after the other. */
  allWeights(digest: string): Promise<Iterable<Uint8Array> | AsyncIterable<Uint8Array>>
  blob(digest: string): AsyncIterable<Uint8Array>
  blobSize(digest: string): Promise<number | null>
}

/** What is known of a version, as JSON and as Markdown. Both throw 'model/unknown'. */
export interface ModelCards {
  card(digest: string): Promise<object>
  markdown(digest: string): Promise<string>
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

/** What only the coordinator as a whole knows of its state. Counts are since its start; bytes are bytes. */
export interface Vitals {
  /** Sockets that are open, dashboards' too. */
  sockets(): number
  /** Sessions by what their connection does. */
  sessions(): { readonly connected: number; readonly away: number }
  /** Bytes that open uploads have declared, how many these are, how many wait in line, and the memory that they take. */
  uploads(): {
    readonly bytesInFlight: number
    readonly uploads: number
    readonly waiting: number
    readonly memoryBytes: number
  }
  /** Requests, events and connections that were refused, by code. */
  refusals(): Iterable<readonly [code: string, count: number]>
  /** Clients that were cut off, by the code of the last thing that they did wrong. */
  cutOffs(): Iterable<readonly [code: string, count: number]>
}
