import type { FlatParams } from '../tensors/flat.ts'
import type { FLModel } from '../updates/fl-model.ts'
import type { Partial } from './partial.ts'

/** One client's counted answer to one task. */
export interface Contribution {
  readonly taskId: string
  /** cₖ: examples, times whatever the workflow weighs by. */
  readonly coefficient: number
  readonly update: FLModel
}

/**
 * Turns the updates of one attempt into one pseudo-gradient. Duties of an implementation:
 * - the result does not depend, in any bit, on the order of `add`s nor on how they were grouped into partials;
 * - a task id counts once: adding or merging it again throws, and changes nothing;
 * - `add` reads the update before it returns and keeps nothing of it.
 */
export interface Aggregator {
  add(contribution: Contribution): void
  merge(partial: Partial): void
  /** What was added so far, to be merged elsewhere. */
  partial(): Partial
  readonly taskIds: ReadonlySet<string>
  /** Σcₖ */
  readonly totalCoefficient: number
  /** Σ cₖΔₖ / Σ cₖ, rounded to float32 once. Throws where nothing was added. */
  finish(): FlatParams
}
