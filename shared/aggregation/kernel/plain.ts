import { TILE_ELEMENTS } from '../../tensors/flat.ts'
import { refusedElement } from '../../updates/check.ts'
import { accumulate } from '../grid.ts'
import { roomElements, type Stretch, type Weighting } from './stretch.ts'
import { type Trace, trace } from './trace.ts'

/** Plain JavaScript: for platforms without WebAssembly's SIMD, and to compare the kernel with. */
export function plainStretch(length: number, spare: number): Stretch {
  const sums = new Float64Array(length)
  const pass = (sign: 1 | -1) => (tile: number, values: Float32Array, weighting: Weighting, into: Trace) => {
    const { coefficient, step, maxElement } = weighting
    if (refusedElement(values, 0, maxElement)) return false
    const own = sums.subarray(tile * TILE_ELEMENTS, (tile + 1) * TILE_ELEMENTS)
    if (values.length !== own.length) throw new RangeError(`${values.length} elements for a tile of ${own.length}`)
    accumulate(own, values, sign * coefficient, step)
    trace(into, values)
    return true
  }
  return {
    sums,
    room: new Float32Array(roomElements(length)),
    spare: new Float32Array(spare),
    add: pass(1),
    subtract: pass(-1),
    clear: () => void sums.fill(0),
  }
}
