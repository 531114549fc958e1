import type { Dataset } from '../../shared/datasets/dataset.ts'
import type { ErrorInfo } from '../../shared/errors/error.ts'
import type { JobConfig } from '../../shared/jobs/config.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import type { Evaluation } from '../../shared/models/evaluate.ts'
import type { Layout } from '../../shared/tensors/layout.ts'

/** A flat vector as it crosses the thread's border: its tiles, moved and not copied. */
export type Tiles = readonly Float32Array[]

export interface InitialModel {
  readonly layout: Layout
  readonly params: Tiles
  readonly base: Tiles
}

export type ModelRequest =
  | { readonly kind: 'initialise'; readonly topology: Topology; readonly config: JobConfig }
  | {
      readonly kind: 'evaluate'
      readonly topology: Topology
      readonly params: Tiles
      readonly base: Tiles
      readonly loss: string
      readonly metrics: readonly string[]
    }

export interface ModelReplies {
  initialise: InitialModel
  evaluate: Evaluation
}

export type Envelope = { readonly id: number; readonly request: ModelRequest }
export type Reply =
  | { readonly id: number; readonly result: InitialModel | Evaluation }
  | { readonly id: number; readonly error: ErrorInfo }

/** What the thread is started with. */
export interface ThreadData {
  readonly testData: Dataset | null
}
