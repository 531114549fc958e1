import {
  backend_util,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import type { Compute, Ops } from './kernels.ts'
import { address } from './native/module.ts'
import { gradients } from './native/native.ts'
import { extents, steps } from './windows.ts'

type Four = [number, number, number, number]
type Window = Pick<DepthwiseConv2dNativeBackpropInputAttrs, 'strides' | 'pad' | 'dimRoundingMode'>

export const depthwiseInputGradient: Compute<DepthwiseConv2dNativeBackpropInputAttrs> = (ops, inputs, attrs) => {
  const [dy, filter] = [inputs.dy as TensorInfo, inputs.filter as TensorInfo]
  const x = ops.backend.makeOutput([...attrs.inputShape], 'float32')
  compute(ops, { x, dy, filter }, attrs, false)
  return x
}

export const depthwiseFilterGradient: Compute<DepthwiseConv2dNativeBackpropFilterAttrs> = (ops, inputs, attrs) => {
  const [x, dy] = [inputs.x as TensorInfo, inputs.dy as TensorInfo]
  const filter = ops.backend.makeOutput([...attrs.filterShape], 'float32')
  compute(ops, { x, dy, filter }, attrs, true)
  return filter
}

interface Tensors {
  readonly x: TensorInfo
  readonly dy: TensorInfo
  readonly filter: TensorInfo
}

/** Fills the filter's gradient, or x's, from the other two. tfjs has no gradient of dilated ones. */
function compute({ backend }: Ops, { x, dy, filter }: Tensors, attrs: Window, ofFilter: boolean): void {
  const { strides, pad, dimRoundingMode } = attrs
  const [image, weights] = [x.shape as Four, filter.shape as Four]
  const info = backend_util.computeConv2DInfo(image, weights, strides, 1, pad, dimRoundingMode, true)
  const [xs, ds, fs] = [x, dy, filter].map((info) => address(backend, info)) as [number, number, number]
  gradients.on(backend).depthwiseGrad(xs, ds, fs, Number(ofFilter), ...extents(info, dy), weights[3], ...steps(info))
}
