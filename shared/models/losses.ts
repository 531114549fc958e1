/** Losses by name, and the metrics that are means over examples. Each takes targets and predictions of shape [batch, outputs] and gives one value per example. */
import * as tf from '@tensorflow/tfjs-core'
import { TributaryError } from '../errors/error.ts'
import type { LossName } from '../jobs/losses.ts'
import { topOf } from '../jobs/metrics.ts'

export type ExampleFunction = (targets: tf.Tensor2D, predictions: tf.Tensor2D) => tf.Tensor1D

/** Keras' bound on probabilities before their logarithm is taken. */
const EPSILON = 1e-7

/** −log p[label]; the targets are the labels' one-hot vectors, the predictions probabilities. */
const categorical: ExampleFunction = (targets, predictions) =>
  tf.neg(tf.sum(tf.mul(targets, tf.log(tf.clipByValue(predictions, EPSILON, 1))), -1)) as tf.Tensor1D

/** Means over an example's outputs, as Keras takes them. */
const LOSSES: Readonly<Record<LossName, ExampleFunction>> = {
  // Labels are one-hot vectors wherever they are tensors: the two differ in Keras alone.
  sparseCategoricalCrossentropy: categorical,
  categoricalCrossentropy: categorical,
  /** −t·log p − (1 − t)·log(1 − p): each output is a question of its own. */
  binaryCrossentropy: (targets, predictions) => {
    const p = tf.clipByValue(predictions, EPSILON, 1 - EPSILON)
    const yes = tf.mul(targets, tf.log(p))
    const no = tf.mul(tf.sub(1, targets), tf.log(tf.sub(1, p)))
    return tf.neg(tf.mean(tf.add(yes, no), -1)) as tf.Tensor1D
  },
  meanSquaredError: (targets, predictions) => tf.mean(tf.squaredDifference(targets, predictions), -1) as tf.Tensor1D,
  meanAbsoluteError: (targets, predictions) => tf.mean(tf.abs(tf.sub(predictions, targets)), -1) as tf.Tensor1D,
  /** Huber 1964, with Keras' threshold of 1: half the square of an error of at most 1, and linear beyond. */
  huber: (targets, predictions) => {
    const error = tf.abs(tf.sub(predictions, targets))
    const within = tf.minimum(error, 1)
    const squared = tf.mul(0.5, tf.square(within))
    return tf.mean(tf.add(squared, tf.sub(error, within)), -1) as tf.Tensor1D
  },
}

export function lossByName(name: string): ExampleFunction {
  if (Object.hasOwn(LOSSES, name)) return LOSSES[name as LossName]
  throw new TributaryError('job/invalid', `No loss is named ${name}; there are ${Object.keys(LOSSES).join(', ')}.`)
}

/**
 * What of a metric is added up in training, on the device; null where it is no mean over examples. `scores`: the predictions are
 * those before the last activation, softmax or sigmoid.
 */
export function metricInSteps(name: string, scores: boolean): ExampleFunction | null {
  const k = topOf(name)
  if (k !== null) {
    return (targets, predictions) => {
      const own = tf.sum(tf.mul(targets, predictions), -1, true)
      return holds(tf.less(tf.sum(holds(tf.greater(predictions, own)), -1), k))
    }
  }
  switch (name) {
    case 'accuracy': {
      const half = scores ? 0 : 0.5
      return (targets, predictions) =>
        predictions.shape[1] === 1
          ? holds(tf.squeeze(tf.equal(tf.greater(targets, 0.5), tf.greater(predictions, half)), [-1]))
          : holds(tf.equal(tf.argMax(targets, -1), tf.argMax(predictions, -1)))
    }
    case 'mae':
      return LOSSES.meanAbsoluteError
    default:
      return null
  }
}

/** The metric of some examples of which the mean loss is known, and the mean of what was added up; null where they do not say. */
export function metricOfMeans(name: string, loss: number, mean: number): number | null {
  if (name === 'perplexity') return Math.exp(loss)
  return metricInSteps(name, false) === null ? null : mean
}

function holds(condition: tf.Tensor): tf.Tensor1D {
  return tf.cast(condition, 'float32') as tf.Tensor1D
}
