/**
 * Rule A1's arithmetic. A coefficient is a multiple of 2⁻²⁰; a weighted element is a multiple of the grid g;
 * both are then integers in float64, far from 2⁵³, so that every sum of them is exact in any order.
 */

const COEFFICIENT_UNIT = 2 ** -20

/** What one attempt's sums are formed on: fixed when the attempt starts, and part of every partial. */
export interface Grid {
  /** N: the largest that the coefficients may add up to. */
  readonly totalCoefficient: number
  /** B: the largest |Δᵢ|. */
  readonly maxElement: number
  /** g, a power of two. */
  readonly step: number
}

/** g = 2^(⌈log₂(N·B)⌉ − 51): then |Σ cₖΔᵢ| / g ≤ 2⁵¹. */
export function makeGrid(totalCoefficient: number, maxElement: number): Grid {
  if (!(totalCoefficient > 0) || !(maxElement > 0) || !Number.isFinite(totalCoefficient * maxElement)) {
    throw new RangeError(`no grid for a total coefficient of ${totalCoefficient} and elements up to ${maxElement}`)
  }
  return { totalCoefficient, maxElement, step: 2 ** (ceilLog2(totalCoefficient * maxElement) - 51) }
}

export function sameGrid(a: Grid, b: Grid): boolean {
  return a.totalCoefficient === b.totalCoefficient && a.maxElement === b.maxElement && a.step === b.step
}

/** cₖ as a multiple of 2⁻²⁰. */
export function quantiseCoefficient(coefficient: number): number {
  const units = Math.round(coefficient / COEFFICIENT_UNIT)
  if (!Number.isSafeInteger(units) || units <= 0) throw new RangeError(`a coefficient of ${coefficient}`)
  return units * COEFFICIENT_UNIT
}

/** The smallest integer e with 2^e ≥ x, exactly (Math.log2 alone may be off by one ulp at powers of two). */
function ceilLog2(x: number): number {
  let e = Math.ceil(Math.log2(x))
  while (2 ** e < x) e++
  while (2 ** (e - 1) >= x) e--
  return e
}

/** Adding and taking away 1.5·2⁵² rounds |x| ≤ 2⁵¹ to an integer, half to even, by IEEE 754's own rounding. */
const ROUNDER = 1.5 * 2 ** 52

/** sums[i] += round(c·Δᵢ / g), over one tile. */
export function accumulate(sums: Float64Array, delta: Float32Array, coefficient: number, step: number): void {
  const inverse = 1 / step
  for (let i = 0; i < sums.length; i++) {
    const scaled = coefficient * (delta[i] as number) * inverse
    sums[i] = (sums[i] as number) + (scaled + ROUNDER - ROUNDER)
  }
}
