import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { Batch } from '../../shared/models/batches.ts'
import { lossByName, metricByName } from '../../shared/models/losses.ts'

/** Runs optimizer steps on a model and adds up what they cost, on the device. Dispose of it when done. */
export class Stepper {
  private readonly model: LayersModel
  private readonly optimizer: tf.Optimizer
  private readonly variables: tf.Variable[]
  private readonly loss: ReturnType<typeof lossByName>
  private readonly accuracy = metricByName('accuracy')
  private sums: tf.Tensor1D | null = null
  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: read in take()
  private examples = 0

  constructor(model: LayersModel, optimizer: tf.Optimizer, loss: string) {
    this.model = model
    this.optimizer = optimizer
    this.loss = lossByName(loss)
    this.variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable)
  }

  /** One step on one batch; returns at once on backends that queue. */
  step({ xs, targets }: Batch): void {
    const size = xs.shape[0] ?? 0
    const before = this.sums
    this.sums = tf.tidy(() => {
      let accuracy: tf.Scalar | undefined
      const { value, grads } = tf.variableGrads(() => {
        const predictions = this.model.apply(xs, { training: true }) as tf.Tensor2D
        accuracy = tf.keep(this.accuracy(targets, predictions))
        return this.loss(targets, predictions)
      }, this.variables)
      this.optimizer.applyGradients(grads)
      const own = tf.mul(tf.stack([value, accuracy as tf.Scalar]), size) as tf.Tensor1D
      accuracy?.dispose()
      return before ? tf.add(before, own) : own
    })
    before?.dispose()
    this.examples += size
  }

  /** Mean loss and accuracy since the last call. Waits for the device. */
  async take(): Promise<{ loss: number; accuracy: number; examples: number }> {
    const { sums, examples } = this
    this.sums = null
    this.examples = 0
    if (!sums) return { loss: Number.NaN, accuracy: Number.NaN, examples: 0 }
    const [loss, accuracy] = await sums.data()
    sums.dispose()
    return { loss: (loss as number) / examples, accuracy: (accuracy as number) / examples, examples }
  }

  dispose(): void {
    this.sums?.dispose()
    this.optimizer.dispose()
  }
}
