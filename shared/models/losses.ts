/** Losses and metrics by name. Each takes targets and predictions of shape [batch, classes] and gives a scalar, the batch's mean. */
import * as tf from '@tensorflow/tfjs-core'
import { TributaryError } from '../errors/error.ts'

export type BatchFunction = (targets: tf.Tensor2D, predictions: tf.Tensor2D) => tf.Scalar

/** Keras' bound on probabilities before their logarithm is taken. */
const EPSILON = 1e-7

const LOSSES: Readonly<Record<string, BatchFunction>> = {
  /** −mean log p[label]; the targets are the labels' one-hot vectors, the predictions probabilities. */
  sparseCategoricalCrossentropy: (targets, predictions) =>
    tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.log(tf.clipByValue(predictions, EPSILON, 1))), -1))) as tf.Scalar,
  meanSquaredError: (targets, predictions) =>
    tf.mean(tf.mean(tf.squaredDifference(targets, predictions), -1)) as tf.Scalar,
}

const METRICS: Readonly<Record<string, BatchFunction>> = {
  /** The part of the examples whose likeliest class is the right one. */
  accuracy: (targets, predictions) =>
    tf.mean(tf.cast(tf.equal(tf.argMax(targets, -1), tf.argMax(predictions, -1)), 'float32')) as tf.Scalar,
}

export function lossByName(name: string): BatchFunction {
  return find(LOSSES, name, 'loss')
}

export function metricByName(name: string): BatchFunction {
  return find(METRICS, name, 'metric')
}

function find(table: Readonly<Record<string, BatchFunction>>, name: string, what: string): BatchFunction {
  const found = table[name]
  if (found) return found
  throw new TributaryError('job/invalid', `No ${what} is named ${name}; there are ${Object.keys(table).join(', ')}.`)
}
