import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { arraysOf, batchOf, type Examples, range } from './examples.ts'
import { lossByName } from './losses.ts'
import { measureOf } from './metrics.ts'

const BATCH = 250

export interface Evaluation {
  readonly loss: number
  /** By name; those that these examples say nothing of are missing. */
  readonly metrics: Readonly<Record<string, number>>
  readonly examples: number
}

/** Mean loss and metrics of a model over examples. `pause` is awaited between batches, so that the caller can yield. */
export async function evaluateModel(
  model: LayersModel,
  examples: Examples,
  { loss, metrics }: { readonly loss: string; readonly metrics: readonly string[] },
  pause: () => Promise<void> = async () => {},
): Promise<Evaluation> {
  const { count, outputs } = examples
  const lossOf = lossByName(loss)
  const measures = metrics.map((name) => [name, measureOf(name, outputs)] as const)
  let lossSum = 0
  for (let start = 0; start < count; start += BATCH) {
    const arrays = arraysOf(examples, range(start, Math.min(start + BATCH, count)))
    // One read for both.
    const answers = tf.tidy(() => {
      const { xs, targets } = batchOf(examples, arrays)
      const predictions = model.predict(xs) as tf.Tensor2D
      const sum = tf.sum(lossOf(targets, predictions))
      return tf.concat([tf.reshape(sum, [1]), tf.reshape(predictions, [-1])])
    })
    const values = await answers.data<'float32'>()
    answers.dispose()
    lossSum += values[0] as number
    for (const [, measure] of measures) measure.add(arrays.targets, values.subarray(1))
    await pause()
  }
  const mean = lossSum / count
  const values = measures.flatMap(([name, measure]) => {
    const value = measure.value(mean)
    return value === null ? [] : [[name, value] as const]
  })
  return { loss: mean, metrics: Object.fromEntries(values), examples: count }
}
