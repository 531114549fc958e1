import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { Batch } from '../../shared/models/batches.ts'
import { lossByName, metricByName } from '../../shared/models/losses.ts'
import type { TrainSettings } from '../../shared/protocol/participant.ts'
import { type LocalOptimizer, makeOptimizer } from './optimizers/optimizer.ts'

/** Runs optimizer steps on a model and adds up what they cost, on the device. Dispose of it when done. */
export class Stepper {
  private readonly model: LayersModel
  private readonly optimizer: LocalOptimizer
  private readonly variables: tf.Variable[]
  private readonly loss: ReturnType<typeof lossByName>
  private readonly accuracy = metricByName('accuracy')
  private readonly classWeights: tf.Tensor1D | null
  private sums: tf.Tensor1D | null = null
  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: read in take()
  private examples = 0

  constructor(model: LayersModel, { optimizer, loss, classWeights }: TrainSettings) {
    this.model = model
    this.variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable)
    this.optimizer = makeOptimizer(optimizer, this.variables)
    this.loss = lossByName(loss)
    this.classWeights = classWeights ? tf.keep(tf.tensor1d(classWeights)) : null
  }

  /** One step on one batch; returns at once on backends that queue. */
  step({ xs, targets }: Batch, learningRate: number): void {
    const before = this.sums
    this.sums = tf.tidy(() => {
      let sums: tf.Tensor1D | undefined
      const { grads } = tf.variableGrads(() => {
        const predictions = this.model.apply(xs, { training: true }) as tf.Tensor2D
        const losses = this.weighted(this.loss(targets, predictions), targets)
        const right = this.accuracy(targets, predictions)
        sums = tf.keep(tf.sum(tf.stack([losses, right]), 1) as tf.Tensor1D)
        return tf.mean(losses) as tf.Scalar
      }, this.variables)
      this.optimizer.apply(
        // Of a weight that the loss does not reach there is none.
        this.variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable)),
        learningRate,
      )
      const own = sums as tf.Tensor1D
      if (!before) return own
      const all = tf.add(before, own) as tf.Tensor1D
      own.dispose()
      return all
    })
    before?.dispose()
    this.examples += xs.shape[0] ?? 0
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
    this.classWeights?.dispose()
    this.optimizer.dispose()
  }

  /** Each example's loss times its class's weight. */
  private weighted(losses: tf.Tensor1D, targets: tf.Tensor2D): tf.Tensor1D {
    if (!this.classWeights) return losses
    return tf.mul(losses, tf.sum(tf.mul(targets, this.classWeights), -1))
  }
}
