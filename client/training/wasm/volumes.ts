/** The gradients of conv3d, which tfjs computes wrongly on wasm. It has none of dilated ones. */
import { backend_util, type Conv3DBackpropInputV2Attrs } from '@tensorflow/tfjs-core'
import { bothGradients } from './both-gradients.ts'
import { addresses } from './native/module.ts'
import { gradients } from './native/native.ts'

type Five = [number, number, number, number, number]
type Window = Pick<Conv3DBackpropInputV2Attrs, 'strides' | 'pad'>

export const conv3dGradients = bothGradients<Window, Five>(({ backend }, { x, dy, filter }, window, ofFilter) => {
  const info = backend_util.computeConv3DInfo(x.shape as Five, filter.shape as Five, window.strides, 1, window.pad)
  const { inDepth, inHeight, inWidth, outDepth, outHeight, outWidth, inChannels, outChannels, padInfo } = info
  gradients
    .on(backend)
    .volumeGrad(
      ...addresses(backend, x, dy, filter),
      ...[Number(ofFilter), info.batchSize],
      ...[inDepth, inHeight, inWidth, outDepth, outHeight, outWidth, inChannels, outChannels],
      ...[info.filterDepth, info.filterHeight, info.filterWidth],
      ...[info.strideDepth, info.strideHeight, info.strideWidth],
      ...[padInfo.front, padInfo.top, padInfo.left],
    )
})
