import { TILE_ELEMENTS } from '../../tensors/flat.ts'
import { addSquares } from '../../tensors/norm.ts'
import { refusedElement } from '../../updates/check.ts'
import { accumulate } from '../grid.ts'
import { type Stretch, slotElements, type Trace, type Weighting } from './stretch.ts'

/** Plain JavaScript: for platforms without WebAssembly's SIMD, and to compare the kernel with. */
export function plainStretch(length: number, spare: number): Stretch {
  const sums = new Float64Array(length)
  const pass = (sign: 1 | -1) => (tile: number, values: Float32Array, weighting: Weighting, trace: Trace) => {
    const { coefficient, step, maxElement } = weighting
    if (refusedElement(values, 0, maxElement)) return false
    const own = sums.subarray(tile * TILE_ELEMENTS, (tile + 1) * TILE_ELEMENTS)
    if (values.length !== own.length) throw new RangeError(`${values.length} elements for a tile of ${own.length}`)
    accumulate(own, values, sign * coefficient, step)
    trace.squares = addSquares(trace.squares, values)
    trace.checksum = addWords(trace.checksum, values)
    return true
  }
  return {
    sums,
    room: new Float32Array(Math.min(TILE_ELEMENTS, slotElements(length))),
    spare: new Float32Array(spare),
    add: pass(1),
    subtract: pass(-1),
    clear: () => void sums.fill(0),
  }
}

/** checksum + the sum of the values' 32-bit words, mod 2³²; see Trace. */
export function addWords(checksum: number, values: Float32Array): number {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length)
  let sum = checksum
  for (let i = 0; i < words.length; i++) sum = (sum + (words[i] as number)) | 0
  return sum
}
