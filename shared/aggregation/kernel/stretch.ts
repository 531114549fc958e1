/** Returned in place of a sum of squares, which is never negative. */
export const REFUSED = -1

/** What one update is added with. */
export interface Weighting {
  /** cₖ, a multiple of 2⁻²⁰. Negative: what was added with −cₖ is taken away again, to the very bits. */
  readonly coefficient: number
  /** g, a power of two. */
  readonly step: number
  /** The largest |x| that is added. */
  readonly maxElement: number
}

/**
 * A stretch of an attempt's sums, and the one loop over it (rule A1). Duties of an implementation:
 * - sums are whole numbers in float64: Σ round(cₖxᵢ / g), half to even; all implementations give the same bits;
 * - an element that is NaN or larger than the bound is found before anything is added: all of `values`, or nothing.
 */
export interface Stretch {
  /** The sums themselves. They start at 0. */
  readonly sums: Float64Array
  /**
   * Adds `values` to the sums from element `at` on; returns squares + Σ x² in the order of tensors/norm.ts,
   * or REFUSED. `at` is a multiple of 4096, and so is the length of `values` unless they are the vector's last.
   */
  accumulate(at: number, values: Float32Array, weighting: Weighting, squares: number): number
}

/** Makes a stretch of `length` sums. */
export type MakeStretch = (length: number) => Stretch
