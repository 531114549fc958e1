import type { FlatParams } from '../tensors/flat.ts'
import type { ParamsLimits } from '../updates/check.ts'
import type { Vectors } from '../updates/vectors.ts'
import type { Adding, Aggregator, AttemptIdentity, Contribution, Counting } from './aggregator.ts'
import { type Grid, quantiseCoefficient, sameGrid } from './grid.ts'
import type { Partial } from './partial.ts'
import { Sums, type SumsOptions } from './sums.ts'
import { type AddingOwner, TileAdding } from './tile-adding.ts'

export type { AttemptIdentity } from './aggregator.ts'

/**
 * Σ cₖΔₖ / Σ cₖ (McMahan et al. 2017, algorithm 1, with cₖ = nₖ) by exact sums on a grid (rule A1).
 * Memory: 8 bytes an element, whatever the number of clients (rule A2).
 */
export class WeightedMean implements Aggregator {
  readonly taskIds = new Set<string>()
  readonly length: number
  private identity: AttemptIdentity
  private grid: Grid
  private readonly sums: Sums
  private total = 0
  private open: TileAdding | null = null
  private readonly owner: AddingOwner = {
    counted: ({ taskId, coefficient }) => {
      this.taskIds.add(taskId)
      this.total += coefficient
    },
    ended: () => {
      this.open = null
    },
  }

  constructor(identity: AttemptIdentity, grid: Grid, length: number, options?: SumsOptions) {
    this.identity = identity
    this.grid = grid
    this.length = length
    this.sums = new Sums(length, options)
  }

  get vectors(): Vectors {
    return this.sums.landing
  }

  get totalCoefficient(): number {
    return this.total
  }

  get isAdding(): boolean {
    return this.open !== null
  }

  add({ taskId, coefficient, update: { params } }: Contribution): void {
    if (params?.length !== this.length) {
      throw new RangeError(`an update of ${params?.length ?? 0} elements for sums of ${this.length}`)
    }
    const limits = { maxElement: this.grid.maxElement, maxNorm: Number.POSITIVE_INFINITY }
    const adding = this.begin({ taskId, coefficient }, limits)
    try {
      for (const tile of params.tiles) adding.tile(tile)
      adding.finish()
    } catch (thrown) {
      for (const tile of params.tiles.slice(0, adding.held)) adding.undo(tile)
      adding.abandon()
      throw thrown
    }
  }

  begin({ taskId, coefficient }: Counting, limits: ParamsLimits): Adding {
    this.mustBeClosed()
    const { step, maxElement } = this.grid
    if (!(limits.maxElement > 0 && limits.maxElement <= maxElement)) {
      throw new RangeError(`elements up to ${limits.maxElement} on a grid for up to ${maxElement}`)
    }
    const quantised = quantiseCoefficient(coefficient)
    this.mustBeNew(taskId)
    this.mustFit(quantised)
    const weighting = { coefficient: quantised, step, maxElement: limits.maxElement }
    this.open = new TileAdding(taskId, this.sums, weighting, limits, this.owner)
    return this.open
  }

  merge(partial: Partial): void {
    this.mustBeClosed()
    const { job, round, attempt } = this.identity
    if (partial.job !== job || partial.round !== round || partial.attempt !== attempt) {
      throw new RangeError(`a partial of ${partial.job} round ${partial.round}.${partial.attempt}`)
    }
    const tiles = this.sums.tiles
    const fits = tiles.every((sums, t) => sums.length === partial.sums[t]?.length)
    if (!sameGrid(partial.grid, this.grid) || partial.length !== this.length || !fits) {
      throw new RangeError('a partial on another grid')
    }
    if (!partial.sums.every(areWhole)) throw new RangeError('a partial whose sums are not whole numbers')
    for (const id of partial.taskIds) this.mustBeNew(id)
    if (new Set(partial.taskIds).size < partial.taskIds.length) throw new RangeError('a partial counts a task twice')
    this.mustFit(partial.totalCoefficient)
    for (const id of partial.taskIds) this.taskIds.add(id)
    this.total += partial.totalCoefficient
    tiles.forEach((sums, t) => {
      const other = partial.sums[t] as Float64Array
      for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (other[i] as number)
    })
  }

  partial(): Partial {
    this.mustBeClosed()
    return {
      ...this.identity,
      grid: this.grid,
      length: this.length,
      sums: this.sums.tiles.map((s) => s.slice()),
      totalCoefficient: this.total,
      taskIds: [...this.taskIds].sort(),
    }
  }

  finish(): FlatParams {
    this.mustBeClosed()
    if (this.total === 0) throw new RangeError('nothing was added')
    // Both factors are exact, so the only roundings are the division's and the one to float32.
    return this.sums.scaled(this.grid.step, this.total)
  }

  reset(identity: AttemptIdentity, grid: Grid): void {
    this.open?.detach()
    this.open = null
    this.identity = identity
    this.grid = grid
    this.taskIds.clear()
    this.total = 0
    this.sums.clear()
  }

  private mustBeClosed(): void {
    if (this.open) throw new RangeError('an update is being added')
  }

  private mustBeNew(taskId: string): void {
    if (this.taskIds.has(taskId)) throw new RangeError(`task ${taskId} was counted before`)
  }

  private mustFit(coefficient: number): void {
    if (this.total + coefficient > this.grid.totalCoefficient) {
      throw new RangeError(`coefficients add up to more than ${this.grid.totalCoefficient}`)
    }
  }
}

function areWhole(sums: Float64Array): boolean {
  for (let i = 0; i < sums.length; i++) if (!Number.isSafeInteger(sums[i])) return false
  return true
}
