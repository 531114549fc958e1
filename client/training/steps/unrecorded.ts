import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { Examples } from '../../../shared/models/examples.ts'
import type { TrainSettings } from '../../../shared/protocol/participant.ts'
import { type LocalOptimizer, makeOptimizer } from '../optimizers/optimizer.ts'
import { Backlog } from './backlog.ts'
import { type Differentiate, differentiator, keyOf, trainedVariables } from './differentiate.ts'
import { ResidentExamples } from './resident.ts'
import type { Means, Steps } from './steps.ts'
import { workDone } from './work-done.ts'

interface Task {
  readonly examples: Examples
  readonly optimizer: LocalOptimizer
  readonly seed: number
  steps: number
}

/** Steps that tfjs runs operation by operation, on any backend. */
export class UnrecordedSteps implements Steps {
  private readonly settings: TrainSettings
  private readonly variables: tf.Variable[]
  private readonly differentiate: Differentiate
  private readonly resident = new ResidentExamples()
  private task: Task | null = null
  private sums: tf.Tensor1D | null = null
  private done = 0
  private backlog: Backlog | null = null

  constructor(model: LayersModel, settings: TrainSettings) {
    this.settings = settings
    this.variables = trainedVariables(model)
    this.differentiate = differentiator(model, settings)
  }

  async begin(examples: Examples, _batchSize: number, seed: number): Promise<void> {
    this.end()
    this.resident.bring(examples)
    const done = workDone()
    this.backlog = done && new Backlog(done)
    this.task = { examples, optimizer: makeOptimizer(this.settings.optimizer, this.variables), seed, steps: 0 }
  }

  room(): Promise<void> | null {
    return this.backlog?.room() ?? null
  }

  step(indices: Uint32Array, learningRate: number, epoch: number): void {
    if (!this.task) throw new Error('No task has begun.')
    const { examples, optimizer, seed } = this.task
    const key = keyOf(seed, this.task.steps++)
    const before = this.sums
    this.sums = tf.tidy(() => {
      const { gradients, sums } = this.differentiate(
        this.resident.batch(examples, indices, { seed, epoch }),
        tf.tensor1d(key),
      )
      optimizer.apply(gradients, learningRate)
      return tf.keep(before ? tf.add(before, sums) : sums)
    })
    before?.dispose()
    this.done += indices.length
    this.backlog?.step()
  }

  async idle(): Promise<void> {
    await this.sums?.data()
  }

  async take(): Promise<Means> {
    const sums = this.sums
    const done = this.done
    this.sums = null
    this.done = 0
    if (!sums) return { loss: Number.NaN, measured: Number.NaN, examples: 0 }
    const [loss, measured] = await sums.data()
    sums.dispose()
    return { loss: (loss as number) / done, measured: (measured as number) / done, examples: done }
  }

  settle(): void {}

  end(): void {
    this.sums?.dispose()
    this.sums = null
    this.done = 0
    this.task?.optimizer.dispose()
    this.task = null
  }

  dispose(): void {
    this.end()
    this.resident.dispose()
  }
}
