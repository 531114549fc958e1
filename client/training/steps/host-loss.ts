/**
 * Softmax, its cross-entropy, their gradient and the accuracy in one pass, where tensors lie in the processor's memory: operation by
 * operation it is some thirty of them, each of which makes tensors for the collector of garbage, and none of which takes time.
 */
import * as tf from '@tensorflow/tfjs-core'

export interface HostLoss {
  /** The mean of the weighted losses, to be differentiated by the scores. */
  readonly mean: tf.Scalar
  /** [sum of the weighted losses, sum of what is measured]. */
  readonly sums: tf.Tensor1D
}

/** Whether what this backend computes can be read without waiting. */
export function isOnHost(backend: string): boolean {
  return backend === 'wasm' || backend === 'cpu'
}

/**
 * Of scores and one-hot targets, both [batch, classes]. `accuracy`: whether it is measured; otherwise the losses are. Losses and
 * gradient are those of `crossEntropyOfScores`. Run it in what is differentiated, in a tidy.
 */
export function crossEntropyOnHost(
  targets: tf.Tensor2D,
  scores: tf.Tensor2D,
  classWeights: readonly number[] | null,
  accuracy: boolean,
): HostLoss {
  let sums: tf.Tensor1D | undefined
  const mean = tf.customGrad((given, save) => {
    const [batch, classes] = scores.shape
    const z = (given as tf.Tensor).dataSync() as Float32Array
    const t = targets.dataSync()
    const slopes = new Float32Array(z.length)
    let [losses, right] = [0, 0]
    for (let row = 0, at = 0; row < batch; row++, at += classes) {
      let [guess, label, sum, own, weight] = [at, at, 0, 0, 0]
      for (let i = at; i < at + classes; i++) {
        if ((z[i] as number) > (z[guess] as number)) guess = i
        if ((t[i] as number) > (t[label] as number)) label = i
      }
      const most = z[guess] as number
      for (let i = at; i < at + classes; i++) {
        const shifted = (z[i] as number) - most
        const power = Math.exp(shifted)
        slopes[i] = power
        sum += power
        own += (t[i] as number) * shifted
        weight += (t[i] as number) * (classWeights?.[i - at] ?? 1)
      }
      const loss = weight * (Math.log(sum) - own)
      losses += loss
      right += accuracy ? Number(guess === label) : loss
      const scale = weight / batch
      for (let i = at; i < at + classes; i++) slopes[i] = scale * ((slopes[i] as number) / sum - (t[i] as number))
    }
    sums = tf.keep(tf.tensor1d([losses, right]))
    ;(save as tf.GradSaveFunc)([tf.tensor2d(slopes, scores.shape)])
    const gradFunc = (dy: tf.Tensor, [gradient]: tf.Tensor[]) => tf.mul(gradient as tf.Tensor, dy)
    return { value: tf.scalar(losses / batch), gradFunc }
  })(scores) as tf.Scalar
  return { mean, sums: sums as tf.Tensor1D }
}
