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

function spread(dy: tf.Tensor, { shape, size }: tf.Tensor, { axis }: Attrs): tf.Tensor {
  if (size === 0) return tf.zeros(shape)
  const axes = tf.util.parseAxisParam(axis, shape)
  // Neighbours that are both summed, or both kept, are as one: tfjs spreads tensors of many dimensions in JavaScript.
  const merged: { size: number; summed: boolean }[] = []
  shape.forEach((d, i) => {
    const summed = axes.includes(i)
    const last = merged.at(-1)
    if (last?.summed === summed) last.size *= d
    else merged.push({ size: d, summed })
  })
  const kept = tf.reshape(
    dy,
    merged.map((part) => (part.summed ? 1 : part.size)),
  )
  const all = tf.broadcastTo(
    kept,
    merged.map((part) => part.size),
  )
  return tf.reshape(all, shape)
}
