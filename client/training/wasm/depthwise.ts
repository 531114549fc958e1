/** The gradients of a depthwise convolution. tfjs has none of dilated ones. */
import { backend_util, type DepthwiseConv2dNativeBackpropInputAttrs } from '@tensorflow/tfjs-core'
import { bothGradients } from './both-gradients.ts'
import { addresses } from './native/module.ts'
import { gradients } from './native/native.ts'
import { extents, steps } from './windows.ts'

type Four = [number, number, number, number]
type Window = Pick<DepthwiseConv2dNativeBackpropInputAttrs, 'strides' | 'pad' | 'dimRoundingMode'>

export const depthwiseGradients = bothGradients<Window, Four>(({ backend }, { x, dy, filter }, window, ofFilter) => {
  const { strides, pad, dimRoundingMode } = window
  const [image, weights] = [x.shape as Four, filter.shape as Four]
  const info = backend_util.computeConv2DInfo(image, weights, strides, 1, pad, dimRoundingMode, true)
  const [xs, ds, fs] = addresses(backend, x, dy, filter)
  gradients.on(backend).depthwiseGrad(xs, ds, fs, Number(ofFilter), ...extents(info, dy), weights[3], ...steps(info))
})
