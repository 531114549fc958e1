/** Losses and metrics by name. Each takes targets and predictions of shape [batch, classes] and gives one value per example. */
import * as tf from '@tensorflow/tfjs-core'
import { TributaryError } from '../errors/error.ts'
import type { LossName } from '../jobs/losses.ts'

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
