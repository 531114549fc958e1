import { backend_util, type MaxPoolGradAttrs, type TensorInfo } from '@tensorflow/tfjs-core'
import type { Compute } from './kernels.ts'
import { addresses } from './native/module.ts'
import { gradients } from './native/native.ts'
import { extents, steps } from './windows.ts'

type Four = [number, number, number, number]

export const maxPoolGradient: Compute<MaxPoolGradAttrs> = (ops, inputs, attrs) => {
  const { dy, input, output } = inputs as { dy: TensorInfo; input: TensorInfo; output: TensorInfo }
  const { filterSize, strides, pad, dimRoundingMode } = attrs
  const info = backend_util.computePool2DInfo(input.shape as Four, filterSize, strides, 1, pad, dimRoundingMode)
  const { backend } = ops
  const dx = backend.makeOutput([...input.shape], 'float32')
  const [x, y, gradient, to] = addresses(backend, input, output, dy, dx)
  gradients.on(backend).maxPoolGrad(x, y, gradient, to, ...extents(info, dy), ...steps(info))
  return dx
}
