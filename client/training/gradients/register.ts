// It brings tfjs' gradients with it, which ours take the place of.
import '@tensorflow/tfjs-layers'
import * as tf from '@tensorflow/tfjs-core'
import { batchNormGradient } from './batch-norm.ts'
import { meanGradient, sumGradient } from './sums.ts'

/** Gradients of our own on every backend, where tfjs' are slow. */
export function registerGradients(): void {
  for (const config of [batchNormGradient, meanGradient, sumGradient]) {
    if (tf.getGradient(config.kernelName) === config) continue
    tf.unregisterGradient(config.kernelName)
    tf.registerGradient(config)
  }
}
