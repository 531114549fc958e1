import * as tf from '@tensorflow/tfjs-core'
import type { OptimizerSettings } from '../../shared/protocol/participant.ts'

const DEFAULT_MOMENTUM = 0.9

/** A fresh local optimizer. The caller disposes of it. */
export function makeOptimizer({ name, learningRate, momentum }: OptimizerSettings): tf.Optimizer {
  switch (name) {
    case 'sgd':
      return tf.train.sgd(learningRate)
    case 'momentum':
      return tf.train.momentum(learningRate, momentum ?? DEFAULT_MOMENTUM)
    case 'adam':
      return tf.train.adam(learningRate)
    case 'adagrad':
      return tf.train.adagrad(learningRate)
    case 'rmsprop':
      return tf.train.rmsprop(learningRate, 0.9, momentum ?? 0)
    default:
      return name satisfies never
  }
}
