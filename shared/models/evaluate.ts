import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { ImageDataset } from '../datasets/dataset.ts'
import { inputShape, makeBatch, range } from './batches.ts'
import { lossByName, metricByName } from './losses.ts'

const BATCH = 250

export interface Evaluation {
  readonly loss: number
  readonly accuracy: number
  readonly examples: number
}

/** Mean loss and accuracy of a model over a data set. `pause` is awaited between batches, so that the caller can yield. */
export async function evaluateModel(
  model: LayersModel,
  data: ImageDataset,
  classes: number,
  loss: string,
  pause: () => Promise<void> = async () => {},
): Promise<Evaluation> {
  const examples = data.labels.length
  const shape = inputShape(model, data.width * data.height * data.channels)
  const lossOf = lossByName(loss)
  const accuracyOf = metricByName('accuracy')
  let lossSum = 0
  let correct = 0
  for (let start = 0; start < examples; start += BATCH) {
    const indices = range(start, Math.min(start + BATCH, examples))
    const scores = tf.tidy(() => {
      const { xs, targets } = makeBatch(data, indices, shape, classes)
      const predictions = model.predict(xs) as tf.Tensor2D
      return tf.stack([tf.sum(lossOf(targets, predictions)), tf.sum(accuracyOf(targets, predictions))])
    })
    const [batchLoss, batchCorrect] = await scores.data()
    scores.dispose()
    lossSum += batchLoss as number
    correct += batchCorrect as number
    await pause()
  }
  return { loss: lossSum / examples, accuracy: correct / examples, examples }
}
