/** A layer that computes otherwise each time, in JavaScript: no recording of it would be true. */
import * as tf from '@tensorflow/tfjs-core'
import { layers } from '@tensorflow/tfjs-layers'

class Unsteady extends layers.Layer {
  static readonly className = 'Unsteady'

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [input] = [inputs].flat() as [tf.Tensor]
    return tf.mul(input, 1 + Math.random() / 10)
  }
}

tf.serialization.registerClass(Unsteady as never)
