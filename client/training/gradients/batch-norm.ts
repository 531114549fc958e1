import * as tf from '@tensorflow/tfjs-core'

interface Attrs {
  readonly varianceEpsilon: number
}

/**
 * The gradient of batch normalisation over channels, the last axis (Ioffe & Szegedy 2015, section 3), with the mean and the
 * variance as inputs of their own. tfjs has none
 * without a scale or an offset. tfjs' own spreads them over all of x first, and goes over x once for each of its inputs.
 */
export const batchNormGradient: tf.GradConfig = {
  kernelName: tf.FusedBatchNorm,
  inputsToSave: ['x', 'mean', 'variance', 'scale'],
  gradFunc(gradient, saved, attrs) {
    const dy = gradient as tf.Tensor
    const [x, mean, variance, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
    const { varianceEpsilon } = attrs as unknown as Attrs
    const axes = Array.from({ length: x.rank - mean.rank }, (_, axis) => axis)
    const total = (t: tf.Tensor) => (axes.length > 0 ? tf.sum(t, axes) : t)
    const inverse = tf.rsqrt(tf.add(variance, varianceEpsilon))
    const scaled = tf.mul(inverse, scale)
    // All but the gradient of x is made of these two. Not when they are asked for: each of the functions below has its own
    // scope, and what is made there for all of them would be gone with the first.
    const sum = total(dy)
    const product = tf.tidy(() => total(tf.mul(dy, tf.sub(x, mean))))
    return {
      x: () => tf.mul(dy, scaled),
      mean: () => tf.neg(tf.mul(sum, scaled)),
      variance: () => tf.mul(tf.mul(product, -0.5), tf.mul(tf.square(inverse), scaled)),
      scale: () => tf.mul(product, inverse),
      offset: () => tf.clone(sum),
    }
  },
}
