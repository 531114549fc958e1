/** The gradient of a convolution's filter on WebGPU, in the way that is fastest for its shape on this device. */
import * as tf from '@tensorflow/tfjs-core'
import type { ProgramRunner } from './program.ts'
import { tiledFilterGradient } from './tiled-filter-gradient.ts'

type Four = [number, number, number, number]

/** Of the images, and how they are convolved. */
export interface Shape
  extends Pick<tf.Conv2DBackpropFilterAttrs, 'filterShape' | 'strides' | 'pad' | 'dimRoundingMode'> {
  readonly images: Four
}

/** Tiles of our own; a convolution over transposed images, which tfjs computes as a product of matrices; tfjs' own. */
export const WAYS = ['tiled', 'product', 'stock'] as const
export type Way = (typeof WAYS)[number]

const KERNEL = 'Conv2DBackpropFilter'
let stock: tf.KernelConfig | null = null

/** By what was measured on this device, or not yet: a filter's gradient is taken by tiles until then. */
const chosen = new Map<string, Way>()
const open = new Map<string, Shape>()

/** Takes the place of tfjs' kernel. Once its backend is imported. */
export function registerFilterGradient(): void {
  if (stock) return
  stock = tf.getKernel(KERNEL, 'webgpu')
  tf.unregisterKernel(KERNEL, 'webgpu')
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => {
      const { inputs, attrs } = call
      const [x, dy] = [inputs.x as tf.TensorInfo, inputs.dy as tf.TensorInfo]
      const { dataFormat, ...rest } = attrs as unknown as tf.Conv2DBackpropFilterAttrs
      if (dataFormat !== 'NHWC') return (stock as tf.KernelConfig).kernelFunc(call)
      const { filterShape, strides, pad, dimRoundingMode } = rest
      const shape = { images: x.shape as Four, filterShape, strides, pad, dimRoundingMode }
      const key = JSON.stringify(shape)
      const way = chosen.get(key)
      if (!way) open.set(key, shape)
      return filterGradient(call.backend as unknown as ProgramRunner, way ?? 'tiled', x, dy, shape)
    },
  })
}

/** Shapes that have been met since, and for which no way is chosen; each is answered once. */
export function takeOpenShapes(): Shape[] {
  const shapes = [...open.values()]
  open.clear()
  return shapes
}

/** What was measured on one device says nothing of another. */
export function forgetChoices(): void {
  chosen.clear()
}

export function choose(shape: Shape, way: Way): void {
  chosen.set(JSON.stringify(shape), way)
}

/** [filterHeight, filterWidth, inChannels, outChannels], of images in NHWC. */
export function filterGradient(
  backend: ProgramRunner,
  way: Way,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  { images, filterShape, strides, pad, dimRoundingMode }: Shape,
): tf.TensorInfo {
  if (way === 'stock') {
    const attrs = { filterShape, strides, pad, dimRoundingMode, dataFormat: 'NHWC' }
    return run(stock as tf.KernelConfig, backend, { x, dy }, attrs)
  }
  const info = tf.backend_util.computeConv2DInfo(images, filterShape, strides, 1, pad, dimRoundingMode)
  return way === 'tiled' ? tiledFilterGradient(backend, x, dy, info) : byProduct(backend, x, dy, info)
}

/** x, with examples as channels, convolved with dy as a filter that is dilated by the stride. */
function byProduct(
  backend: ProgramRunner,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo {
  const compute = (name: string, inputs: Inputs, attrs: object) =>
    run(tf.getKernel(name, 'webgpu'), backend, inputs, attrs)
  const { filterHeight, filterWidth, strideHeight, strideWidth, inHeight, inWidth, inChannels, outChannels } = info
  const { top, left } = info.padInfo
  const bottom = (info.outHeight - 1) * strideHeight + filterHeight - inHeight - top
  const right = (info.outWidth - 1) * strideWidth + filterWidth - inWidth - left
  const images = compute('Transpose', { x }, { perm: [3, 1, 2, 0] })
  const filter = compute('Transpose', { x: dy }, { perm: [1, 2, 0, 3] })
  const pad = [
    [0, 0],
    [top, Math.max(0, bottom)],
    [left, Math.max(0, right)],
    [0, 0],
  ]
  const attrs = { pad, dilations: [strideHeight, strideWidth], strides: [1, 1], dataFormat: 'NHWC' }
  const wide = compute('Conv2D', { x: images, filter }, attrs)
  // Rows and columns of x that no window reaches give more positions than the filter has.
  const size = [inChannels, filterHeight, filterWidth, outChannels]
  const exact = compute('Slice', { x: wide }, { begin: [0, 0, 0, 0], size })
  const out = compute('Transpose', { x: exact }, { perm: [1, 2, 0, 3] })
  for (const { dataId } of [images, filter, wide, exact]) backend.disposeData(dataId)
  return out
}

type Inputs = Readonly<Record<string, tf.TensorInfo>>

function run(kernel: tf.KernelConfig, backend: ProgramRunner, inputs: Inputs, attrs: object): tf.TensorInfo {
  const own = backend as unknown as tf.KernelBackend
  return kernel.kernelFunc({ inputs, backend: own, attrs: attrs as tf.NamedAttrMap }) as tf.TensorInfo
}
