import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { Compute, Ops } from './kernels.ts'

/** Of a convolution: its images, its answer's gradient and its filter. */
export interface Tensors {
  readonly x: TensorInfo
  readonly dy: TensorInfo
  readonly filter: TensorInfo
}

/** The gradients of a convolution by its input and by its filter, of what fills either from the other two. */
export function bothGradients<Window, Shape extends readonly number[]>(
  fill: (ops: Ops, tensors: Tensors, window: Window, ofFilter: boolean) => void,
) {
  const input: Compute<Window & { inputShape: Shape }> = (ops, inputs, attrs) => {
    const [dy, filter] = [inputs.dy as TensorInfo, inputs.filter as TensorInfo]
    const x = ops.backend.makeOutput([...attrs.inputShape], 'float32')
    fill(ops, { x, dy, filter }, attrs, false)
    return x
  }
  const filter: Compute<Window & { filterShape: Shape }> = (ops, inputs, attrs) => {
    const [x, dy] = [inputs.x as TensorInfo, inputs.dy as TensorInfo]
    const filter = ops.backend.makeOutput([...attrs.filterShape], 'float32')
    fill(ops, { x, dy, filter }, attrs, true)
    return filter
  }
  return { input, filter }
}
