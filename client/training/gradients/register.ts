// It brings tfjs' gradients with it, which ours take the place of.
import '@tensorflow/tfjs-layers'
import * as tf from '@tensorflow/tfjs-core'
import { averagePoolGradient } from './average-pool.ts'
import { batchNormGradient } from './batch-norm.ts'
import { nearestGradientOnCpu } from './nearest-on-cpu.ts'
import { meanGradient, sumGradient } from './sums.ts'

/** Gradients of our own, where tfjs' are slow or wrong. */
export function registerGradients(): void {
  for (const config of [averagePoolGradient, batchNormGradient, meanGradient, sumGradient]) {
    if (tf.getGradient(config.kernelName) === config) continue
    tf.unregisterGradient(config.kernelName)
    tf.registerGradient(config)
  }
  const { kernelName, backendName } = nearestGradientOnCpu
  if (tf.getKernel(kernelName, backendName) === nearestGradientOnCpu) return
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName)
  tf.registerKernel(nearestGradientOnCpu)
}
