import {
  backend_util,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import type { Compute } from './kernels.ts'
import { address, native } from './native/native.ts'

type Four = [number, number, number, number]
type Window = Pick<DepthwiseConv2dNativeBackpropInputAttrs, 'strides' | 'pad' | 'dimRoundingMode'>

export const depthwiseInputGradient: Compute<DepthwiseConv2dNativeBackpropInputAttrs> = (ops, inputs, attrs) => {
  const [dy, filter] = [inputs.dy as TensorInfo, inputs.filter as TensorInfo]
  const { backend } = ops
  const dx = backend.makeOutput([...attrs.inputShape], 'float32')
  const [from, weights, to] = [dy, filter, dx].map((info) => address(backend, info)) as [number, number, number]
  native(backend).depthwiseInputGrad(from, weights, to, ...sizes(attrs.inputShape, filter.shape as Four, dy, attrs))
  return dx
}

export const depthwiseFilterGradient: Compute<DepthwiseConv2dNativeBackpropFilterAttrs> = (ops, inputs, attrs) => {
  const [x, dy] = [inputs.x as TensorInfo, inputs.dy as TensorInfo]
  const { backend } = ops
  const df = backend.makeOutput([...attrs.filterShape], 'float32')
  const [image, gradient, to] = [x, dy, df].map((info) => address(backend, info)) as [number, number, number]
  native(backend).depthwiseFilterGrad(image, gradient, to, ...sizes(x.shape as Four, attrs.filterShape, dy, attrs))
  return df
}

/** The kernels' last 13 arguments. tfjs has no gradient of dilated ones. */
function sizes(inputShape: Four, filterShape: Four, dy: TensorInfo, { strides, pad, dimRoundingMode }: Window) {
  const info = backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode, true)
  if (info.outHeight !== dy.shape[1] || info.outWidth !== dy.shape[2])
    throw new Error('windows that were cut otherwise')
  return [
    info.batchSize,
    info.inHeight,
    info.inWidth,
    info.outHeight,
    info.outWidth,
    info.inChannels,
    filterShape[3],
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.top,
    info.padInfo.left,
  ] as const
}
