import { TributaryError } from '../errors/error.ts'

/** What an update's parameters may be. */
export interface ParamsLimits {
  /** B of rule A1: the largest |Δᵢ|. */
  readonly maxElement: number
  /** The largest ‖Δ‖₂. */
  readonly maxNorm: number
}

/** Throws `update/examples` where the number is not whole, not positive or more than was declared. */
export function checkExamples(numExamples: number, declaredExamples: number): void {
  if (Number.isInteger(numExamples) && numExamples >= 1 && numExamples <= declaredExamples) return
  throw new TributaryError(
    'update/examples',
    `The update says that it was trained on ${numExamples} examples; this client declared ${declaredExamples}. Join again with the right number.`,
  )
}

/** What to say of a tile's first element that is NaN, infinite or too large; null where there is none. `at`: its place. */
export function refusedElement(tile: Float32Array, at: number, maxElement: number): TributaryError | null {
  for (let i = 0; i < tile.length; i++) {
    const value = tile[i] as number
    if (Math.abs(value) <= maxElement && Number.isFinite(value)) continue
    if (!Number.isFinite(value)) {
      return new TributaryError(
        'update/not-finite',
        `Element ${at + i} of the update is ${value}. The training diverged: a smaller learning rate helps.`,
      )
    }
    return new TributaryError(
      'update/out-of-bounds',
      `Element ${at + i} of the update is ${value}; this job accepts up to ±${maxElement}.`,
    )
  }
  return null
}

/** Throws `update/norm` where the root of Σ Δᵢ² is above the limit. */
export function checkNorm(sumOfSquares: number, { maxNorm }: ParamsLimits): void {
  const norm = Math.sqrt(sumOfSquares)
  if (norm <= maxNorm) return
  throw new TributaryError(
    'update/norm',
    `The update's norm is ${norm.toPrecision(4)}; this job accepts up to ${maxNorm}.`,
  )
}
