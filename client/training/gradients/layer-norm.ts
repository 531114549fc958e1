/** Layer normalisation with a gradient of its own: the statistics' gradients are never written out. */
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers'
import { type Layer, layersIn, replaceCall, soleInput } from '../../../shared/models/layers/layers-in.ts'

/** What tfjs-layers' LayerNormalization has, once it is built. */
interface LayerNorm extends Layer {
  readonly axis: readonly number[]
  readonly epsilon: number
  readonly gamma: LayerVariable | null
  readonly beta: LayerVariable | null
}

/**
 * The model's layer normalisations go by `layerNorm` where they go over the last axis. tfjs-layers' own spreads mean, variance,
 * scale and offset to the size of the input, and so do its gradients.
 */
export function fuseLayerNorm(model: LayersModel): void {
  for (const { layer } of layersIn(model)) {
    if (layer.getClassName() !== 'LayerNormalization') continue
    const own = layer as LayerNorm
    replaceCall(own, (original) => (inputs, kwargs) => {
      const input = soleInput(inputs)
      if (own.axis.length !== 1 || own.axis[0] !== input.rank - 1) return original(inputs, kwargs)
      return tf.tidy(() => {
        const normal = layerNorm(input, own.epsilon)
        const scaled = own.gamma ? tf.mul(normal, own.gamma.read()) : normal
        return own.beta ? tf.add(scaled, own.beta.read()) : scaled
      })
    })
  }
}

/**
 * (x − mean) / √(variance + ε) over the last axis (Ba, Kiros & Hinton 2016, equation 3), any shape. With n = that and
 * s = 1 / √(variance + ε), the gradient is s·(dy − mean(dy) − n·mean(dy·n)).
 */
export function layerNorm(x: tf.Tensor, epsilon: number): tf.Tensor {
  const fused = tf.customGrad((input, save) => {
    const [given, keep] = [input as tf.Tensor, save as tf.GradSaveFunc]
    const centred = tf.sub(given, tf.mean(given, -1, true))
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon))
    const normal = tf.mul(centred, scale)
    keep([normal, scale])
    const gradFunc = (gradient: tf.Tensor, saved: tf.Tensor[]) => {
      const [n, s] = saved as [tf.Tensor, tf.Tensor]
      return tf.tidy(() => {
        const mean = tf.mean(gradient, -1, true)
        const along = tf.mul(n, tf.mean(tf.mul(gradient, n), -1, true))
        return tf.mul(s, tf.sub(tf.sub(gradient, mean), along))
      })
    }
    return { value: normal, gradFunc }
  })
  return fused(x)
}
