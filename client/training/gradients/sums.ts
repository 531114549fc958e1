import * as tf from '@tensorflow/tfjs-core'

interface Attrs {
  readonly axis: number | number[]
}

/** Of Σ x: dy, spread over what was summed. tfjs' own makes ones in JavaScript, brings them to the device and multiplies. */
export const sumGradient: tf.GradConfig = {
  kernelName: tf.Sum,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({
    x: () => spread(dy as tf.Tensor, x as tf.Tensor, attrs as unknown as Attrs),
  }),
}

/** Of the mean: that of the sum, divided by the number of elements. */
export const meanGradient: tf.GradConfig = {
  kernelName: tf.Mean,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({
    x: () => {
      const [own, input] = [dy as tf.Tensor, x as tf.Tensor]
      return spread(tf.mul(own, own.size / input.size), input, attrs as unknown as Attrs)
    },
  }),
}

function spread(dy: tf.Tensor, { shape }: tf.Tensor, { axis }: Attrs): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis, shape)
  const kept = shape.map((d, i) => (axes.includes(i) ? 1 : d))
  return tf.broadcastTo(tf.reshape(dy, kept), shape)
}
