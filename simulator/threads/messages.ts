/** What passes between the simulator and its threads. */
import type { TrainProgress } from '../../client/training/local-trainer.ts'
import type { Tiles } from '../../server/evaluation/messages.ts'
import type { Dataset } from '../../shared/datasets/dataset.ts'
import type { ErrorInfo } from '../../shared/errors/error.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import type { Metrics, Task } from '../../shared/protocol/participant.ts'

/** What a thread is started with. Arrays lie in shared memory: all threads see the same bytes. */
export interface ThreadData {
  readonly dataset: Dataset
  readonly validationSplit: number
  readonly seed: number
}

export interface ThreadModel {
  /** Stands for the topology. */
  readonly key: string
  readonly topology: Topology
  readonly params: Tiles
  readonly base: Tiles
}

export type Order =
  | {
      readonly kind: 'perform'
      readonly id: number
      readonly task: Pick<Task, 'kind' | 'round' | 'settings'>
      /** The client's examples, by their place in the dataset. */
      readonly part: Uint32Array
      /** null: the one that came last is meant again. */
      readonly model: ThreadModel | null
    }
  | { readonly kind: 'cancel'; readonly id: number }

export type Message =
  | { readonly id: number; readonly progress: TrainProgress }
  | { readonly id: number; readonly answer: ThreadAnswer }
  | { readonly id: number; readonly error: ErrorInfo }

export interface ThreadAnswer {
  readonly params: Tiles | null
  readonly numExamples: number
  readonly metrics: Metrics
}
