import { type TensorInfo, type UnsortedSegmentSumAttrs, util } from '@tensorflow/tfjs-core'
import type { Compute } from './kernels.ts'
import { addresses } from './native/module.ts'
import { gradients } from './native/native.ts'

/** The gradient of gather, and so of an embedding. */
export const segmentSum: Compute<UnsortedSegmentSumAttrs> = (ops, inputs, { numSegments }) => {
  const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo }
  if (x.dtype !== 'float32' || segmentIds.dtype !== 'int32')
    throw new Error(`segments of ${x.dtype} by ${segmentIds.dtype}`)
  const { backend } = ops
  const rest = x.shape.slice(segmentIds.shape.length)
  const out = backend.makeOutput([numSegments, ...rest], 'float32')
  const [from, ids, to] = addresses(backend, x, segmentIds, out)
  const rows = util.sizeFromShape(segmentIds.shape)
  gradients.on(backend).segmentSum(from, ids, to, rows, util.sizeFromShape(rest), numSegments)
  return out
}
