import { conv2dFilterGradient, conv2dInputGradient } from './convolution.ts'
import { depthwiseFilterGradient, depthwiseInputGradient } from './depthwise.ts'
import { provide } from './kernels.ts'
import { matmul } from './matmul.ts'
import { isSupported } from './native/native.ts'
import { maxPoolGradient } from './pooling.ts'
import { segmentSum } from './segments.ts'

let registered = false

/** Makes tfjs' WebAssembly backend one that trains. Once it is imported, and before it is started. */
export function registerTrainingKernels(): void {
  if (registered) return
  registered = true
  provide('Conv2DBackpropFilter', conv2dFilterGradient)
  provide('Conv2DBackpropInput', conv2dInputGradient)
  provide('BatchMatMul', matmul)
  // Without SIMD tfjs' own remain, and what it lacks stays untrainable.
  if (!isSupported()) return
  provide('DepthwiseConv2dNativeBackpropFilter', depthwiseFilterGradient)
  provide('DepthwiseConv2dNativeBackpropInput', depthwiseInputGradient)
  provide('MaxPoolGrad', maxPoolGradient)
  provide('UnsortedSegmentSum', segmentSum)
}
