/** Points around three corners of a triangle, a class each; the same ones for the same numbers. */
import * as tf from '@tensorflow/tfjs'

export interface Points {
  readonly xs: tf.Tensor2D
  /** One-hot. */
  readonly classes: tf.Tensor2D
}

/** `shares`: how many of each class. */
export function points(seed: number, shares: readonly number[]): Points {
  const labels = shares.flatMap((count, label) => Array.from({ length: count }, () => label))
  const noise = tf.randomNormal([labels.length, 2], 0, 0.45, 'float32', seed)
  const centres = labels.map((label) => [Math.cos((2 * Math.PI * label) / 3), Math.sin((2 * Math.PI * label) / 3)])
  return {
    xs: tf.add(tf.tensor2d(centres), noise) as tf.Tensor2D,
    classes: tf.oneHot(tf.tensor1d(labels, 'int32'), shares.length).toFloat() as tf.Tensor2D,
  }
}
