/** Sums and means over the first axes, as over a batch of images, which tfjs computes by transposing all of them first. */
import { type SumAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core'
import { arrays } from './arrays/arrays.ts'
import type { Compute } from './kernels.ts'
import { addresses } from './native/module.ts'

/** `mean`: divided by the number of elements that each is made of. */
export function reduceFirst(mean: boolean): Compute<SumAttrs> {
  return ({ backend }, { x }, { axis, keepDims }, stock) => {
    const input = x as TensorInfo
    const { shape, dtype } = input
    const axes = util.parseAxisParam(axis, shape).toSorted((a, b) => a - b)
    const kept = shape.slice(axes.length)
    const columns = util.sizeFromShape(kept)
    const rows = util.sizeFromShape(shape.slice(0, axes.length))
    const first = axes.every((a, i) => a === i)
    // Over the last ones, tfjs is quick.
    if (!first || kept.length === 0 || columns === 1 || rows === 0 || columns === 0 || dtype !== 'float32')
      return stock()
    const out = backend.makeOutput(keepDims ? [...axes.map(() => 1), ...kept] : kept, 'float32')
    const [from, to] = addresses(backend, input, out)
    arrays.on(backend).columnSums(from, to, rows, columns, mean ? rows : 1)
    return out
  }
}
