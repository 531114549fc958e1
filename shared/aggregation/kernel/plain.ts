import { addSquares } from '../../tensors/norm.ts'
import { accumulate } from '../grid.ts'
import { REFUSED, type Stretch } from './stretch.ts'

/** Plain JavaScript: for platforms without WebAssembly's SIMD, and to compare the kernel with. */
export function plainStretch(length: number): Stretch {
  const sums = new Float64Array(length)
  return {
    sums,
    accumulate(at, values, { coefficient, step, maxElement }, squares) {
      for (let i = 0; i < values.length; i++) if (!(Math.abs(values[i] as number) <= maxElement)) return REFUSED
      accumulate(sums.subarray(at, at + values.length), values, coefficient, step)
      return addSquares(squares, values)
    },
  }
}
