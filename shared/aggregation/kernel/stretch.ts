import { TILE_ELEMENTS } from '../../tensors/flat.ts'
import type { Trace } from './trace.ts'

/** What one update is added with. */
export interface Weighting {
  /** cₖ, a multiple of 2⁻²⁰. */
  readonly coefficient: number
  /** g, a power of two. */
  readonly step: number
  /** The largest |x| that is added. */
  readonly maxElement: number
}

/**
 * Some tiles of an attempt's sums, and the one loop over them (rule A1). Duties of an implementation:
 * - sums are whole numbers in float64: Σ round(cₖxᵢ / g), half to even; all implementations give the same bits;
 * - of values among which one is NaN or larger than the bound, nothing stays added.
 *
 * `values` are a whole tile. Where they lie in the stretch's own memory, in `room` or at the start of a slot of `spare`,
 * they are added where they lie, and up to SLOT_ELEMENTS − 1 elements behind them are set to 0; others are copied first.
 */
export interface Stretch {
  /** The sums themselves. They start at 0. What is read of them holds until the next addition. */
  readonly sums: Float64Array
  /** Memory for a tile. */
  readonly room: Float32Array
  /** More memory. */
  readonly spare: Float32Array
  /** Adds `values` to tile `tile`, and what they are to the trace. False: they are refused, and neither has changed. */
  add(tile: number, values: Float32Array, weighting: Weighting, trace: Trace): boolean
  /** Takes away, to the very bits, what `add` has added; otherwise as `add`. */
  subtract(tile: number, values: Float32Array, weighting: Weighting, trace: Trace): boolean
  /** Makes all sums 0. */
  clear(): void
}

/** A slot begins at a multiple of so many elements, and ends at one. */
export const SLOT_ELEMENTS = 16

export function slotElements(length: number): number {
  return Math.ceil(length / SLOT_ELEMENTS) * SLOT_ELEMENTS
}

/** Elements of the room that a stretch of `length` sums has: a tile's, as a slot. */
export function roomElements(length: number): number {
  return Math.min(TILE_ELEMENTS, slotElements(length))
}

/** Makes a stretch of `length` sums, and `spare` elements of more memory, or none of it where that cannot be had. */
export type MakeStretch = (length: number, spare: number) => Stretch
