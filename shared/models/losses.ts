/** Losses and metrics by name. Each takes targets and predictions of shape [batch, classes] and gives one value per example. */
import * as tf from '@tensorflow/tfjs-core'
import { TributaryError } from '../errors/error.ts'

export type ExampleFunction = (targets: tf.Tensor2D, predictions: tf.Tensor2D) => tf.Tensor1D

/** Keras' bound on probabilities before their logarithm is taken. */
const EPSILON = 1e-7

const LOSSES: Readonly<Record<string, ExampleFunction>> = {
  /** −log p[label]; the targets are the labels' one-hot vectors, the predictions probabilities. */
  sparseCategoricalCrossentropy: (targets, predictions) =>
    tf.neg(tf.sum(tf.mul(targets, tf.log(tf.clipByValue(predictions, EPSILON, 1))), -1)) as tf.Tensor1D,
  meanSquaredError: (targets, predictions) => tf.mean(tf.squaredDifference(targets, predictions), -1) as tf.Tensor1D,
}

const METRICS: Readonly<Record<string, ExampleFunction>> = {
  /** 1 where the likeliest class is the right one, 0 elsewhere. */
  accuracy: (targets, predictions) =>
    tf.cast(tf.equal(tf.argMax(targets, -1), tf.argMax(predictions, -1)), 'float32') as tf.Tensor1D,
}

export function lossByName(name: string): ExampleFunction {
  return find(LOSSES, name, 'loss')
}

export function metricByName(name: string): ExampleFunction {
  return find(METRICS, name, 'metric')
}

function find(table: Readonly<Record<string, ExampleFunction>>, name: string, what: string): ExampleFunction {
  const found = table[name]
  if (found) return found
  throw new TributaryError('job/invalid', `No ${what} is named ${name}; there are ${Object.keys(table).join(', ')}.`)
}
