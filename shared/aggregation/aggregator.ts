import type { FlatParams } from '../tensors/flat.ts'
import type { ParamsLimits } from '../updates/check.ts'
import type { FLModel } from '../updates/fl-model.ts'
import type { Room } from '../updates/source.ts'
import type { Vectors } from '../updates/vectors.ts'
import type { Grid } from './grid.ts'
import type { Partial } from './partial.ts'

/** Which answer is counted, and how much it weighs. */
export interface Counting {
  readonly taskId: string
  /** cₖ: examples, times whatever the workflow weighs by. */
  readonly coefficient: number
}

/** One client's counted answer to one task. */
export interface Contribution extends Counting {
  readonly update: FLModel
}

/** Which attempt is summed for. */
export interface AttemptIdentity {
  readonly job: string
  readonly round: number
  readonly attempt: number
}

/**
 * Turns the updates of one attempt into one pseudo-gradient. Duties of an implementation:
 * - the result does not depend, in any bit, on the order of `add`s nor on how they were grouped into partials;
 * - a task id counts once: adding or merging it again throws, and changes nothing;
 * - what is added is read before the call returns, and nothing of it is kept;
 * - while an adding is open, everything but that adding and `reset` throws.
 */
export interface Aggregator {
  /** Elements of an update. */
  readonly length: number
  /** For updates that wait to be added: what lies in one of these is added without a copy. */
  readonly vectors: Vectors
  /** Adds an update that is in memory and was checked before. */
  add(contribution: Contribution): void
  /** Begins to add an update tile by tile; `addUpdate` carries it through. */
  begin(counting: Counting, limits: ParamsLimits): Adding
  /** Whether an adding is open. One that could not be ended stays so until `reset`. */
  readonly isAdding: boolean
  merge(partial: Partial): void
  /** What was added so far, to be merged elsewhere. */
  partial(): Partial
  readonly taskIds: ReadonlySet<string>
  /** Σcₖ */
  readonly totalCoefficient: number
  /** Σ cₖΔₖ / Σ cₖ, rounded to float32 once. Throws where nothing was added. */
  finish(): FlatParams
  /** Forgets everything and begins another attempt, in the same memory. An open adding ends. */
  reset(identity: AttemptIdentity, grid: Grid): void
}

/** An update on its way into the sums. It ends with `finish` or `abandon`. */
export interface Adding {
  /** Tiles that are in the sums. */
  readonly held: number
  /** Whether its norm is known well enough to say that it may count. If not, all tiles have to be measured as well. */
  readonly isProven: boolean
  /** Memory for a tile: one that is read into it is added without a copy. */
  readonly room: Room
  /**
   * Checks the next tile (rule U1) and adds it: all of it, or none. Throws `update/not-finite` and
   * `update/out-of-bounds` with the element's place in the whole update.
   */
  tile(values: Float32Array): void
  /** After the last tile, from the first one again: measures the next tile exactly. */
  measure(values: Float32Array): void
  /** After the last tile: checks the norm, throws `update/norm`, or makes the task id count. */
  finish(): void
  /** Takes away the first tile that is still held, exactly: `values` are what was added. */
  undo(values: Float32Array): void
  /** Ends it uncounted. Throws while tiles are held, or where other values were taken away than had been added. */
  abandon(): void
}
