import * as tf from '@tensorflow/tfjs-core'

interface Cpu {
  readonly data: { get(dataId: object): { readonly values: Float32Array } }
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): tf.TensorInfo
}

/**
 * The gradient of enlarging images [batch, height, width, channels] to the nearest pixel, on the cpu backend: each pixel gets
 * the sum of what was made of it. tfjs 4.22's own is wrong from the second image on.
 */
export const nearestGradientOnCpu: tf.KernelConfig = {
  kernelName: tf.ResizeNearestNeighborGrad,
  backendName: 'cpu',
  kernelFunc({ inputs, attrs, backend }) {
    const { images, dy } = inputs as { images: tf.TensorInfo; dy: tf.TensorInfo }
    const { alignCorners } = attrs as { alignCorners: boolean }
    const cpu = backend as Cpu
    const [batch, height, width, channels] = images.shape as [number, number, number, number]
    const [, outHeight, outWidth] = dy.shape as [number, number, number]
    const rows = sources(height, outHeight, alignCorners)
    const columns = sources(width, outWidth, alignCorners)
    const gradient = cpu.data.get(dy.dataId).values
    const dx = new Float32Array(batch * height * width * channels)
    let at = 0
    for (let b = 0; b < batch; b++)
      for (const row of rows)
        for (const column of columns) {
          const to = ((b * height + row) * width + column) * channels
          for (let c = 0; c < channels; c++, at++) dx[to + c] = (dx[to + c] as number) + (gradient[at] as number)
        }
    return cpu.makeTensorInfo([...images.shape], 'float32', dx)
  },
}

/** Which pixel each of the enlarged ones is made of, as tfjs' forward kernel chooses it. */
function sources(length: number, enlarged: number, alignCorners: boolean): number[] {
  const corners = alignCorners && enlarged > 1
  const scale = corners ? (length - 1) / (enlarged - 1) : length / enlarged
  return Array.from({ length: enlarged }, (_, i) =>
    Math.min(length - 1, alignCorners ? Math.round(i * scale) : Math.floor(i * scale)),
  )
}
