import { FlatParams } from '../tensors/flat.ts'
import type { Aggregator, Contribution } from './aggregator.ts'
import { accumulate, type Grid, quantiseCoefficient, sameGrid } from './grid.ts'
import type { Partial } from './partial.ts'

export interface AttemptIdentity {
  readonly job: string
  readonly round: number
  readonly attempt: number
}

/**
 * Σ cₖΔₖ / Σ cₖ (McMahan et al. 2017, algorithm 1, with cₖ = nₖ) by exact sums on a grid (rule A1).
 * Memory: 8 bytes an element, whatever the number of clients (rule A2).
 */
export class WeightedMean implements Aggregator {
  readonly taskIds = new Set<string>()
  private readonly identity: AttemptIdentity
  private readonly grid: Grid
  private readonly length: number
  private readonly sums: Float64Array[]
  private total = 0

  constructor(identity: AttemptIdentity, grid: Grid, length: number) {
    this.identity = identity
    this.grid = grid
    this.length = length
    this.sums = FlatParams.zeros(length).tiles.map((tile) => new Float64Array(tile.length))
  }

  get totalCoefficient(): number {
    return this.total
  }

  add({ taskId, coefficient, update }: Contribution): void {
    if (!update.params || update.params.length !== this.length) {
      throw new RangeError(`an update of ${update.params?.length ?? 0} elements for sums of ${this.length}`)
    }
    const quantised = quantiseCoefficient(coefficient)
    this.claim([taskId], quantised)
    this.sums.forEach((sums, t) => {
      accumulate(sums, update.params?.tiles[t] as Float32Array, quantised, this.grid.step)
    })
  }

  merge(partial: Partial): void {
    const { job, round, attempt } = this.identity
    if (partial.job !== job || partial.round !== round || partial.attempt !== attempt) {
      throw new RangeError(`a partial of ${partial.job} round ${partial.round}.${partial.attempt}`)
    }
    const fits = this.sums.every((sums, t) => sums.length === partial.sums[t]?.length)
    if (!sameGrid(partial.grid, this.grid) || partial.length !== this.length || !fits) {
      throw new RangeError('a partial on another grid')
    }
    this.claim(partial.taskIds, partial.totalCoefficient)
    this.sums.forEach((sums, t) => {
      const other = partial.sums[t] as Float64Array
      for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (other[i] as number)
    })
  }

  partial(): Partial {
    return {
      ...this.identity,
      grid: this.grid,
      length: this.length,
      sums: this.sums.map((s) => s.slice()),
      totalCoefficient: this.total,
      taskIds: [...this.taskIds].sort(),
    }
  }

  finish(): FlatParams {
    if (this.total === 0) throw new RangeError('nothing was added')
    const mean = FlatParams.zeros(this.length)
    // Both factors are exact, so the only roundings are the division's and the one to float32.
    mean.tiles.forEach((tile, t) => {
      const sums = this.sums[t] as Float64Array
      for (let i = 0; i < tile.length; i++) tile[i] = ((sums[i] as number) * this.grid.step) / this.total
    })
    return mean
  }

  private claim(taskIds: readonly string[], coefficient: number): void {
    const fresh = new Set<string>()
    for (const id of taskIds) {
      if (this.taskIds.has(id) || fresh.has(id)) throw new RangeError(`task ${id} was counted before`)
      fresh.add(id)
    }
    if (this.total + coefficient > this.grid.totalCoefficient) {
      throw new RangeError(`coefficients add up to more than ${this.grid.totalCoefficient}`)
    }
    for (const id of fresh) this.taskIds.add(id)
    this.total += coefficient
  }
}
