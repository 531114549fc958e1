/**
 * The gradients of conv2d as convolutions themselves, which tfjs computes by XNNPACK (Dumoulin & Visin 2016, A guide to
 * convolution arithmetic, section 4). Images are NHWC, filters HWIO.
 */
import {
  backend_util,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import type { Compute, Ops } from './kernels.ts'

type Four = [number, number, number, number]

/**
 * dF[kh, kw, i, o] = Σ x[b, oh·s + kh − top, ow·s + kw − left, i] · dy[b, oh, ow, o]: x, with examples as channels, convolved
 * with dy as a filter that is dilated by the stride.
 */
export const conv2dFilterGradient: Compute<Conv2DBackpropFilterAttrs> = (ops, { x, dy }, attrs) => {
  const [image, gradient] = [x as TensorInfo, dy as TensorInfo]
  const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attrs
  if (dataFormat !== 'NHWC') throw new Error(`no gradient of a convolution over ${dataFormat} on wasm`)
  if (image.shape.includes(0)) return ops.run('Fill', {}, { shape: filterShape, value: 0, dtype: 'float32' })
  const info = backend_util.computeConv2DInfo(image.shape as Four, filterShape, strides, 1, pad, dimRoundingMode)
  const { filterHeight, filterWidth, strideHeight, strideWidth, inHeight, inWidth, inChannels, outChannels } = info
  const { top, left } = info.padInfo
  const bottom = (info.outHeight - 1) * strideHeight + filterHeight - inHeight - top
  const right = (info.outWidth - 1) * strideWidth + filterWidth - inWidth - left
  const images = ops.transpose(image, [3, 1, 2, 0])
  const filter = ops.transpose(gradient, [1, 2, 0, 3])
  const wide = convolve(ops, images, filter, {
    pad: [
      [0, 0],
      [top, Math.max(0, bottom)],
      [left, Math.max(0, right)],
      [0, 0],
    ],
    dilations: [strideHeight, strideWidth],
  })
  ops.free(images, filter)
  // Rows and columns of x that no window reaches give more positions than the filter has.
  const size = [inChannels, filterHeight, filterWidth, outChannels]
  const exact = ops.run('Slice', { x: wide }, { begin: [0, 0, 0, 0], size })
  const out = ops.transpose(exact, [1, 2, 0, 3])
  ops.free(wide, exact)
  return out
}

/**
 * dx = dy convolved with the filter turned by 180° and its channels exchanged. Strides above 1 are left to tfjs, and so are
 * paddings beyond the filter.
 */
export const conv2dInputGradient: Compute<Conv2DBackpropInputAttrs> = (ops, { dy, filter }, attrs, stock) => {
  const [gradient, weights] = [dy as TensorInfo, filter as TensorInfo]
  const { strides, pad, dataFormat, dimRoundingMode, inputShape } = attrs
  if (dataFormat !== 'NHWC' || gradient.shape.includes(0)) return stock()
  const info = backend_util.computeConv2DInfo(inputShape, weights.shape as Four, strides, 1, pad, dimRoundingMode)
  const { top, bottom, left, right } = info.padInfo
  const [h, w] = [info.filterHeight - 1, info.filterWidth - 1]
  if (info.strideHeight !== 1 || info.strideWidth !== 1) return stock()
  if (Math.max(top, bottom) > h || Math.max(left, right) > w) return stock()
  const turned = ops.run('Reverse', { x: weights }, { dims: [0, 1] })
  const exchanged = ops.transpose(turned, [0, 1, 3, 2])
  ops.free(turned)
  const out = convolve(ops, gradient, exchanged, {
    pad: [
      [0, 0],
      [h - top, h - bottom],
      [w - left, w - right],
      [0, 0],
    ],
    dilations: [1, 1],
  })
  ops.free(exchanged)
  return out
}

interface Convolution {
  readonly pad: readonly (readonly [number, number])[]
  readonly dilations: readonly [number, number]
}

function convolve(ops: Ops, x: TensorInfo, filter: TensorInfo, attrs: Convolution): TensorInfo {
  return ops.run('Conv2D', { x, filter }, { ...attrs, strides: [1, 1], dataFormat: 'NHWC' })
}
