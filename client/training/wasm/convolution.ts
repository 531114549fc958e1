/**
 * conv2d and its gradients (Dumoulin & Visin 2016, A guide to convolution arithmetic, section 4). Images are NHWC, filters HWIO;
 * tfjs has no gradient of dilated ones.
 */
import {
  backend_util,
  type Conv2DAttrs,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type FusedConv2DAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core'
import type { Compute, Inputs, Ops } from './kernels.ts'
import { addresses } from './native/module.ts'
import { compute, products } from './products/products.ts'

type Four = [number, number, number, number]
type Info = backend_util.Conv2DInfo

const BYTES = 4

export const conv2d: Compute<Conv2DAttrs> = (ops, inputs, attrs, stock) => tryConv2d(ops, inputs, attrs) ?? stock()

/** What convolutions call in training, where nothing but a bias is fused; the rest is tfjs'. */
export const fusedConv2d: Compute<FusedConv2DAttrs> = (ops, inputs, attrs, stock) => {
  const { bias, preluActivationWeights: prelu } = inputs
  if (prelu || attrs.activation !== 'linear') return stock()
  const convolved = tryConv2d(ops, inputs, attrs)
  if (!convolved) return stock()
  return bias ? ops.plus(convolved, bias) : convolved
}

/** null where it is no convolution that these kernels know. */
function tryConv2d(ops: Ops, { x, filter }: Inputs, attrs: Conv2DAttrs): TensorInfo | null {
  const [image, weights] = [x as TensorInfo, filter as TensorInfo]
  const info = infoOf(image.shape, weights.shape, attrs)
  if (!info || util.sizeFromShape(info.outShape) === 0 || weights.shape.includes(0)) return null
  if (image.dtype !== 'float32' || weights.dtype !== 'float32') return null
  return convolve(ops, image, weights, info)
}

/** dF[kh, kw, i, o] = Σ x[b, oh·s + kh − top, ow·s + kw − left, i] · dy[b, oh, ow, o] */
export const conv2dFilterGradient: Compute<Conv2DBackpropFilterAttrs> = (ops, { x, dy }, attrs) => {
  const [image, gradient] = [x as TensorInfo, dy as TensorInfo]
  const info = infoOf(image.shape, attrs.filterShape, attrs)
  if (!info)
    throw new Error('The gradient of a convolution over NCHW, or of windows beyond the padding, is not known on wasm.')
  if (image.shape.includes(0)) return ops.run('Fill', {}, { shape: attrs.filterShape, value: 0, dtype: 'float32' })
  const padded = withBorder(ops, image, info)
  const out = ops.backend.makeOutput([...attrs.filterShape], 'float32')
  const [from, by, to] = addresses(ops.backend, padded, gradient, out)
  const { batchSize, strideHeight, outHeight, outWidth, outChannels } = info
  const { row, step, image: next, run, height } = layout(padded, info)
  compute(
    ops,
    'filterGradient',
    [from, by, to, row, step, next, strideHeight, height, run, batchSize, outHeight, outWidth, outChannels],
    { units: Math.ceil(outChannels / 8), multiplications: multiplications(info), room: 8 * outWidth },
  )
  if (padded !== image) ops.free(padded)
  return out
}

/**
 * dx = dy, its pixels as far apart as windows are, convolved with the filter turned by 180° and its channels exchanged.
 * Paddings beyond the filter are left to tfjs.
 */
export const conv2dInputGradient: Compute<Conv2DBackpropInputAttrs> = (ops, { dy, filter }, attrs, stock) => {
  const [gradient, weights] = [dy as TensorInfo, filter as TensorInfo]
  const info = infoOf(attrs.inputShape, weights.shape, attrs)
  if (!info || gradient.shape.includes(0)) return stock()
  const { batchSize, inHeight, inWidth, inChannels, filterHeight, filterWidth, strideHeight, strideWidth } = info
  const [top, left] = [filterHeight - 1 - info.padInfo.top, filterWidth - 1 - info.padInfo.left]
  const { strideHeight: down, strideWidth: across, outHeight, outWidth, padInfo } = info
  const beyond = (outHeight - 1) * down >= inHeight + padInfo.top || (outWidth - 1) * across >= inWidth + padInfo.left
  if (top < 0 || left < 0 || beyond) return stock()
  const shape: Four = [batchSize, inHeight + filterHeight - 1, inWidth + filterWidth - 1, info.outChannels]
  const spread = place(ops, gradient, shape, [top, left], [strideHeight, strideWidth])
  const turned = ops.run('Reverse', { x: weights }, { dims: [0, 1] })
  const exchanged = ops.transpose(turned, [0, 1, 3, 2])
  ops.free(turned)
  const size: Four = [filterHeight, filterWidth, info.outChannels, inChannels]
  const out = convolve(ops, spread, exchanged, backend_util.computeConv2DInfo(shape, size, 1, 1, 'valid'))
  ops.free(exchanged)
  if (spread !== gradient) ops.free(spread)
  return out
}

/** How windows lie; null where these kernels do not know it. */
function infoOf(
  image: readonly number[],
  filter: readonly number[],
  attrs: Omit<Conv2DAttrs, 'dilations'>,
): Info | null {
  const { strides, pad, dataFormat, dimRoundingMode } = attrs
  const dilations = (attrs as Partial<Conv2DAttrs>).dilations ?? 1
  const [down, across] = typeof dilations === 'number' ? [dilations, dilations] : dilations
  if (dataFormat !== 'NHWC' || down !== 1 || across !== 1) return null
  const info = backend_util.computeConv2DInfo(image as Four, filter as Four, strides, 1, pad, dimRoundingMode)
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info
  const rows = (outHeight - 1) * strideHeight + filterHeight
  const columns = (outWidth - 1) * strideWidth + filterWidth
  // Where numbers of windows are rounded up, some reach beyond the padding.
  const { top, bottom, left, right } = padInfo
  return rows > inHeight + top + bottom || columns > inWidth + left + right ? null : info
}

function convolve(ops: Ops, image: TensorInfo, filter: TensorInfo, info: Info): TensorInfo {
  const padded = withBorder(ops, image, info)
  const { batchSize, strideHeight, outHeight, outWidth, outChannels } = info
  const { row, step, image: next, run, height } = layout(padded, info)
  const panels = ops.backend.makeOutput([height * run * Math.ceil(outChannels / 8) * 8], 'float32')
  const out = ops.backend.makeOutput([...info.outShape], 'float32')
  const [from, weights, by, to] = addresses(ops.backend, padded, filter, panels, out)
  products.on(ops.backend).pack(weights, by, height * run, outChannels)
  compute(
    ops,
    'convolve',
    [from, by, to, row, step, next, strideHeight, height, run, outHeight, outWidth, outChannels],
    { units: batchSize, multiplications: multiplications(info) },
  )
  ops.free(panels)
  if (padded !== image) ops.free(padded)
  return out
}

function multiplications({ outShape, filterHeight, filterWidth, inChannels }: Info): number {
  return util.sizeFromShape(outShape) * filterHeight * filterWidth * inChannels
}

/** The image with the zeros that windows read around it: itself where there are none. It is the caller's where it is another. */
function withBorder(ops: Ops, image: TensorInfo, info: Info): TensorInfo {
  const { batchSize, inHeight, inWidth, inChannels, padInfo } = info
  const { top, left, bottom, right } = padInfo
  const shape: Four = [batchSize, inHeight + top + bottom, inWidth + left + right, inChannels]
  return place(ops, image, shape, [top, left], [1, 1])
}

/** Images within larger ones; themselves where they are as large. */
function place(
  ops: Ops,
  image: TensorInfo,
  shape: Four,
  [top, left]: readonly [number, number],
  strides: readonly [number, number],
): TensorInfo {
  if (util.arraysEqual(image.shape, shape)) return image
  const out = ops.backend.makeOutput(shape, 'float32')
  const [from, to] = addresses(ops.backend, image, out)
  products.on(ops.backend).place(from, to, ...(image.shape as Four), shape[1], shape[2], top, left, ...strides)
  return out
}

/** What lies where in images with their border: bytes from row to row, from window to window and from image to image. */
function layout({ shape }: TensorInfo, { strideWidth, filterHeight, filterWidth, inChannels }: Info) {
  const [, height, width] = shape as Four
  const row = width * inChannels * BYTES
  return {
    row,
    step: strideWidth * inChannels * BYTES,
    image: height * row,
    run: filterWidth * inChannels,
    height: filterHeight,
  }
}
