/**
 * Operations that tfjs-layers calls as methods of tensors, and that tfjs-core does not have unless all of them are asked for,
 * with all their bytes. Without them no recurrent layer can be built: its initializer is Orthogonal.
 */
import * as tf from '@tensorflow/tfjs-core'

const METHODS = {
  flatten(this: tf.Tensor) {
    return tf.reshape(this, [this.size])
  },
  reshape(this: tf.Tensor, shape: number[]) {
    return tf.reshape(this, shape)
  },
  sign(this: tf.Tensor) {
    return tf.sign(this)
  },
  stridedSlice(this: tf.Tensor, begin: number[], end: number[], strides: number[]) {
    return tf.stridedSlice(this, begin, end, strides)
  },
  transpose(this: tf.Tensor, perm?: number[]) {
    return tf.transpose(this, perm)
  },
}

Object.assign(tf.Tensor.prototype, METHODS)
