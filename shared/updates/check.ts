import { TributaryError } from '../errors/error.ts'
import { blockedSumOfSquares } from '../tensors/norm.ts'
import type { FLModel } from './fl-model.ts'

export interface UpdateLimits {
  /** B of rule A1: the largest |Δᵢ|. */
  readonly maxElement: number
  /** The largest ‖Δ‖₂. */
  readonly maxNorm: number
  /** What the client declared before it was selected. */
  readonly declaredExamples: number
}

/** Rule U1: throws the code of the first thing that is wrong with an update. */
export function checkUpdate(update: FLModel, limits: UpdateLimits): void {
  const { numExamples } = update
  if (!Number.isInteger(numExamples) || numExamples < 1 || numExamples > limits.declaredExamples) {
    throw new TributaryError(
      'update/examples',
      `The update says that it was trained on ${numExamples} examples; this client declared ${limits.declaredExamples}. Join again with the right number.`,
    )
  }
  if (!update.params) return
  let at = 0
  for (const tile of update.params.tiles) {
    for (let i = 0; i < tile.length; i++) {
      const value = tile[i] as number
      if (Math.abs(value) <= limits.maxElement) continue
      if (!Number.isFinite(value)) {
        throw new TributaryError(
          'update/not-finite',
          `Element ${at + i} of the update is ${value}. The training diverged: a smaller learning rate helps.`,
        )
      }
      throw new TributaryError(
        'update/out-of-bounds',
        `Element ${at + i} of the update is ${value}; this job accepts up to ±${limits.maxElement}.`,
      )
    }
    at += tile.length
  }
  const norm = Math.sqrt(blockedSumOfSquares(update.params))
  if (norm > limits.maxNorm) {
    throw new TributaryError(
      'update/norm',
      `The update's norm is ${norm.toPrecision(4)}; this job accepts up to ${limits.maxNorm}.`,
    )
  }
}
