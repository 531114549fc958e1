import { TILE_ELEMENTS } from '../../tensors/flat.ts'
import { addSquares } from '../../tensors/norm.ts'
import { refusedElement } from '../../updates/check.ts'
import { accumulate } from '../grid.ts'
import { REFUSED, type Stretch, slotElements, type Weighting } from './stretch.ts'

/** Plain JavaScript: for platforms without WebAssembly's SIMD, and to compare the kernel with. */
export function plainStretch(length: number, spare: number): Stretch {
  const sums = new Float64Array(length)
  const pass = (sign: 1 | -1) => (tile: number, values: Float32Array, weighting: Weighting, squares: number) => {
    const { coefficient, step, maxElement } = weighting
    if (refusedElement(values, 0, maxElement)) return REFUSED
    const at = tile * TILE_ELEMENTS
    accumulate(sums.subarray(at, at + values.length), values, sign * coefficient, step)
    return addSquares(squares, values)
  }
  return {
    sums,
    room: new Float32Array(Math.min(TILE_ELEMENTS, slotElements(length))),
    spare: new Float32Array(spare),
    add: pass(1),
    subtract: pass(-1),
  }
}
