import type { Examples } from '../../../shared/models/examples.ts'

/** Means over examples. */
export interface Means {
  readonly loss: number
  /** Of what is added up of the job's first metric; where that is nothing, the loss again. */
  readonly measured: number
  readonly examples: number
}

/** Optimizer steps on a model's weights, and what they cost, added up on the device. Tasks come one after the other. */
export interface Steps {
  /**
   * A task begins on the model's present weights, with a fresh optimizer. Whatever is planned once per batch size is planned
   * here. All that is random in its steps is a function of the seed. Throws what tfjs throws where the model cannot be trained.
   */
  begin(examples: Examples, batchSize: number, seed: number): Promise<void>
  /** Awaited before a step, where it is not null: so much has been handed over that more would only wait. */
  room(): Promise<void> | null
  /**
   * One step on the examples of these indices, in this epoch, from 0: `batchSize` of them, or what an epoch's last batch has.
   * Returns at once where the backend queues.
   */
  step(indices: Uint32Array, learningRate: number, epoch: number): void
  /** Resolves when the device has done all that it was given. */
  idle(): Promise<void>
  /** Means since the last call. Waits for the device. */
  take(): Promise<Means>
  /** The model's weights are the trained ones. */
  settle(): void
  /** The task is over. Where it was not settled, the model's weights are undefined. */
  end(): void
  dispose(): void
}
