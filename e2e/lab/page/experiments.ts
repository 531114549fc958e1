/** What can be asked of the laboratory's worker. All of it travels as JSON. */

import type { LossName } from '../../../shared/jobs/losses.ts'
import type { Topology } from '../../../shared/jobs/models.ts'
import type { OptimizerConfig } from '../../../shared/jobs/optimizer.ts'
import type { Augmentation } from '../../../shared/protocol/data.ts'
import type { BackendName } from '../../../shared/protocol/participant.ts'

export interface TrainingSpec {
  readonly topology: Topology
  /** Of one example. */
  readonly shape: readonly number[]
  readonly classes: number
  /** Values are whole numbers below this; null: from −1 to 1. */
  readonly tokens: number | null
  readonly examples: number
  readonly batchSize: number
  readonly optimizer: Partial<OptimizerConfig>
  readonly classWeights?: readonly number[]
  /** Sparse categorical cross-entropy where it is left out. */
  readonly loss?: LossName
  readonly epochs: number
  /** Examples are pictures then, which are varied so. */
  readonly augment?: readonly Augmentation[]
  /** Of all that is random in its steps; 1 where it is left out. */
  readonly seed?: number
  /** Steps one after the other that are recorded where they can be, or operation by operation. */
  readonly how: 'best' | 'unrecorded'
}

export interface TrainingOutcome {
  readonly weights: readonly (readonly number[])[]
  /** Means over each epoch. */
  readonly losses: readonly number[]
  readonly accuracies: readonly number[]
  readonly whyUnrecorded: string | null
}

/** A layer's weights around one step. */
export interface LayerWeights {
  readonly name: string
  readonly frozen: boolean
  readonly weights: readonly {
    readonly name: string
    readonly shape: readonly number[]
    readonly trained: boolean
    readonly before: readonly number[]
    readonly after: readonly number[]
  }[]
}

export interface StepOutcome {
  readonly layers: readonly LayerWeights[]
  readonly xs: readonly number[]
  readonly labels: readonly number[]
  /** What the step drew with. */
  readonly key: readonly number[]
  readonly loss: number
  readonly whyUnrecorded: string | null
}

/** What a task sent, and what it was given. */
export interface TaskUpdate {
  readonly tensors: readonly { readonly name: string; readonly values: readonly number[] }[]
  readonly batchSize: number
  readonly seed: number
  readonly width: number
  readonly pixels: readonly number[]
}

export interface Memory {
  readonly tensors: number
  readonly bytes: number
  readonly gpuBytes: number
}

export interface ConvolutionSpec {
  /** Batch, height, width, channels. */
  readonly x: readonly [number, number, number, number]
  /** Height, width, channels in and out. */
  readonly filter: readonly [number, number, number, number]
  readonly strides: readonly [number, number]
  readonly pad: 'same' | 'valid'
}

export interface FilterGradients {
  readonly xs: readonly number[]
  readonly dy: readonly number[]
  readonly ways: readonly { readonly way: string; readonly values: readonly number[] }[]
}

export interface Laboratory {
  /** Throws where it cannot be activated; answers what tfjs itself says that it computes on. */
  activate(backend: BackendName, threads?: number): Promise<string>
  train(spec: TrainingSpec): Promise<TrainingOutcome>
  /** The same steps as `train`, by tfjs alone. In a worker in which nothing has been activated. */
  trainStock(backend: BackendName, spec: TrainingSpec): Promise<TrainingOutcome>
  /** One step on all examples, as the product takes it. */
  step(spec: TrainingSpec): Promise<StepOutcome>
  /** One task of a model with batch normalisation of its input. */
  update(): Promise<TaskUpdate>
  /** The code with which a task at this learning rate ends; null where it ends well. */
  failure(learningRate: number): Promise<string | null>
  /** On webgpu: programs that one step runs. */
  dispatches(spec: TrainingSpec): Promise<number>
  /** Before anything is activated: the adapter that is played by a program has the name of a graphics card. */
  pretendHardware(): Promise<void>
  memory(): Promise<Memory>
  /** On wasm: how many threads compute, and how many parts of their work others than the trainer have taken. */
  threads(): Promise<{ readonly count: number; readonly helped: number }>
  /** On webgpu: the gradient of a convolution's filter by each way that there is. */
  filterGradients(spec: ConvolutionSpec): Promise<FilterGradients>
  /** Milliseconds that each of these ways takes. */
  timeFilterGradients(spec: ConvolutionSpec): Promise<readonly { readonly way: string; readonly ms: number }[]>
  /** So many products of matrices of several sizes by so many threads: how many differ from one thread's by a bit. */
  shareProducts(count: number, threads: number): Promise<number>
  /** So many tasks of a small model, one after the other, as the product's training worker does them. */
  tasks(count: number): Promise<void>
}
