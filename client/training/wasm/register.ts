import * as tf from '@tensorflow/tfjs-core'
import { conv2d, conv2dFilterGradient, conv2dInputGradient, fusedConv2d } from './convolution.ts'
import { depthwiseGradients } from './depthwise.ts'
import { cast, identity } from './identity.ts'
import { provide } from './kernels.ts'
import { fusedMatmul, matmul } from './matmul.ts'
import { gradients } from './native/native.ts'
import { maxPoolGradient } from './pooling.ts'
import { reduceFirst } from './reductions.ts'
import { segmentSum } from './segments.ts'
import { tile } from './tile.ts'
import { conv3dGradients } from './volumes.ts'

/**
 * Kernels of tfjs 4.22 that compute something else on wasm than on cpu: the first adds to memory that it has not cleared, the
 * second is wrong with strides (both are replaced where there is SIMD), the others know no maximum below 0. Without them a model
 * that needs them is refused.
 */
const WRONG = ['Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2', 'MaxPool3D', 'MaxPool3DGrad']

let registered = false

/** Makes tfjs' WebAssembly backend one that trains. Once it is imported, and before it is started. */
export function registerTrainingKernels(): void {
  if (registered) return
  registered = true
  for (const name of WRONG) tf.unregisterKernel(name, 'wasm')
  // Without SIMD what tfjs lacks stays untrainable; its own gradient of max pooling is wrong where a maximum is not positive.
  if (!gradients.isSupported()) {
    tf.unregisterKernel('MaxPoolGrad', 'wasm')
    return
  }
  provide('Conv2D', conv2d)
  provide('FusedConv2D', fusedConv2d)
  provide('Conv2DBackpropFilter', conv2dFilterGradient)
  provide('Conv2DBackpropInput', conv2dInputGradient)
  provide('Conv3DBackpropFilterV2', conv3dGradients.filter)
  provide('Conv3DBackpropInputV2', conv3dGradients.input)
  provide('BatchMatMul', matmul)
  provide('_FusedMatMul', fusedMatmul)
  provide('Identity', identity)
  provide('Cast', cast)
  provide('Tile', tile)
  provide('DepthwiseConv2dNativeBackpropFilter', depthwiseGradients.filter)
  provide('DepthwiseConv2dNativeBackpropInput', depthwiseGradients.input)
  provide('MaxPoolGrad', maxPoolGradient)
  provide('UnsortedSegmentSum', segmentSum)
  provide('Sum', reduceFirst(false))
  provide('Mean', reduceFirst(true))
}
