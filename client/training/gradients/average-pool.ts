import * as tf from '@tensorflow/tfjs-core'

interface Attrs {
  readonly filterSize: [number, number] | number
  readonly strides: [number, number] | number
  readonly pad: 'valid' | 'same' | number
}

/**
 * The gradient of average pooling over images [batch, height, width, channels]. A window that reaches beyond the image is the
 * mean of what it covers; tfjs' own gradient divides by the window's whole size there, on every backend.
 */
export const averagePoolGradient: tf.GradConfig = {
  kernelName: tf.AvgPool,
  inputsToSave: ['x'],
  gradFunc: (gradient, [input], given) => ({
    x: () => {
      const [dy, x] = [gradient as tf.Tensor4D, input as tf.Tensor4D]
      const attrs = given as unknown as Attrs
      const scale = shareOfCovered(x.shape, attrs)
      return tf
        .engine()
        .runKernel(
          tf.AvgPoolGrad,
          { dy: scale ? tf.mul(dy, scale) : dy, input: x },
          given as tf.NamedAttrMap,
        ) as tf.Tensor
    },
  }),
}

/** [1, height, width, 1]: a window's size, divided by how much of it lies in the image; null where all of them lie in it. */
function shareOfCovered(shape: [number, number, number, number], { filterSize, strides, pad }: Attrs) {
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad)
  const { top, bottom, left, right } = info.padInfo
  if (top + bottom + left + right === 0) return null
  const rows = covered(info.outHeight, info.inHeight, info.filterHeight, info.strideHeight, top)
  const columns = covered(info.outWidth, info.inWidth, info.filterWidth, info.strideWidth, left)
  const size = info.filterHeight * info.filterWidth
  const shares = rows.flatMap((height) => columns.map((width) => size / (height * width)))
  return tf.tensor4d(shares, [1, rows.length, columns.length, 1])
}

function covered(windows: number, length: number, size: number, stride: number, before: number): number[] {
  return Array.from({ length: windows }, (_, i) => {
    const start = i * stride - before
    return Math.min(start + size, length) - Math.max(start, 0)
  })
}
