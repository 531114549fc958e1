/** Cross-entropies as one with the activation that they follow, from the scores before it. */
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'

interface Activating {
  activation: { getClassName(): string; apply(x: tf.Tensor): tf.Tensor }
}

interface SoftmaxLayer {
  readonly axis: number | readonly number[]
  softmax: (x: tf.Tensor) => tf.Tensor
}

const linear: Activating['activation'] = { getClassName: () => 'linear', apply: (x) => x }

/**
 * Where the model ends in this activation: runs it without, so that it gives the scores before. Otherwise null. The model is as
 * it was afterwards.
 */
export function without(activation: 'softmax' | 'sigmoid', model: LayersModel): (<T>(run: () => T) => T) | null {
  const [output] = model.outputs
  // Used twice, it would be without it in both places.
  if (!output || model.outputs.length > 1 || output.sourceLayer.inboundNodes.length > 1) return null
  const last = output.sourceLayer as unknown
  switch (output.sourceLayer.getClassName()) {
    case 'Dense':
    case 'Activation': {
      const layer = last as Activating
      return layer.activation?.getClassName() === activation ? (run) => within(layer, 'activation', linear, run) : null
    }
    case 'Softmax': {
      const layer = last as SoftmaxLayer
      const alongLast = [layer.axis].flat().every((axis) => axis === -1 || axis === output.shape.length - 1)
      return activation === 'softmax' && alongLast ? (run) => within(layer, 'softmax', (x) => x, run) : null
    }
    default:
      return null
  }
}

/** Runs with another value in this place. */
function within<L extends object, K extends keyof L, T>(layer: L, place: K, value: L[K], run: () => T): T {
  const before = layer[place]
  layer[place] = value
  try {
    return run()
  } finally {
    layer[place] = before
  }
}

/**
 * −Σ t·log softmax(z) of each row of scores z [batch, classes], with targets t that sum to 1: log Σ e^(z − max) − Σ t·(z − max).
 * Its gradient is softmax(z) − t (Bridle 1990), which does not vanish where a probability is too small for its logarithm.
 */
export function crossEntropyOfScores(targets: tf.Tensor2D, scores: tf.Tensor2D): tf.Tensor1D {
  const fused = tf.customGrad((given, save) => {
    const z = given as tf.Tensor2D
    const shifted = tf.sub(z, tf.max(z, -1, true))
    const powers = tf.exp(shifted)
    const sum = tf.sum(powers, -1, true)
    const losses = tf.sub(tf.squeeze(tf.log(sum), [-1]), tf.sum(tf.mul(targets, shifted), -1))
    ;(save as tf.GradSaveFunc)([powers, sum, targets])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [e, s, t] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
      return tf.tidy(() => tf.mul(tf.sub(tf.div(e, s), t), tf.expandDims(dy, -1)))
    }
    return { value: losses, gradFunc }
  })
  return fused(scores) as tf.Tensor1D
}

/**
 * The mean over outputs of the binary cross-entropy of σ(z), with targets t in [0, 1]: max(z, 0) − z·t + log(1 + e^−|z|). Its
 * gradient is (σ(z) − t) / outputs.
 */
export function binaryCrossEntropyOfScores(targets: tf.Tensor2D, scores: tf.Tensor2D): tf.Tensor1D {
  const fused = tf.customGrad((given, save) => {
    const z = given as tf.Tensor2D
    const losses = tf.add(tf.sub(tf.relu(z), tf.mul(z, targets)), tf.log1p(tf.exp(tf.neg(tf.abs(z)))))
    ;(save as tf.GradSaveFunc)([z, targets])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [s, t] = saved as [tf.Tensor, tf.Tensor]
      const width = s.shape.at(-1) as number
      return tf.tidy(() => tf.mul(tf.sub(tf.sigmoid(s), t), tf.expandDims(tf.div(dy, width), -1)))
    }
    return { value: tf.mean(losses, -1), gradFunc }
  })
  return fused(scores) as tf.Tensor1D
}
