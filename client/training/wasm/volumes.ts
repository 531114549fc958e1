/** The gradients of conv3d, which tfjs computes wrongly on wasm. */
import {
  backend_util,
  type Conv3DBackpropFilterV2Attrs,
  type Conv3DBackpropInputV2Attrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import type { Compute, Ops } from './kernels.ts'
import { gradients } from './native/native.ts'
import { addresses } from './products/products.ts'

type Five = [number, number, number, number, number]
type Window = Pick<Conv3DBackpropInputV2Attrs, 'strides' | 'pad'>

export const conv3dInputGradient: Compute<Conv3DBackpropInputV2Attrs> = (ops, inputs, attrs) => {
  const [dy, filter] = [inputs.dy as TensorInfo, inputs.filter as TensorInfo]
  const x = ops.backend.makeOutput([...attrs.inputShape], 'float32')
  compute(ops, { x, dy, filter }, attrs, false)
  return x
}

export const conv3dFilterGradient: Compute<Conv3DBackpropFilterV2Attrs> = (ops, inputs, attrs) => {
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
function compute(ops: Ops, { x, dy, filter }: Tensors, { strides, pad }: Window, ofFilter: boolean): void {
  const info = backend_util.computeConv3DInfo(x.shape as Five, filter.shape as Five, strides, 1, pad)
  const [from, by, to] = addresses(ops, x, dy, filter)
  const { inDepth, inHeight, inWidth, outDepth, outHeight, outWidth, inChannels, outChannels, padInfo } = info
  gradients
    .on(ops.backend)
    .volumeGrad(
      ...[from, by, to, Number(ofFilter), info.batchSize],
      ...[inDepth, inHeight, inWidth, outDepth, outHeight, outWidth, inChannels, outChannels],
      ...[info.filterDepth, info.filterHeight, info.filterWidth],
      ...[info.strideDepth, info.strideHeight, info.strideWidth],
      ...[padInfo.front, padInfo.top, padInfo.left],
    )
}
