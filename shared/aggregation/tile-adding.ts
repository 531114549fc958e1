import { TILE_ELEMENTS } from '../tensors/flat.ts'
import { checkNorm, type ParamsLimits, refusedElement } from '../updates/check.ts'
import type { Adding } from './aggregator.ts'
import { REFUSED, type Weighting } from './kernel/stretch.ts'
import type { Sums } from './sums.ts'

/** Who is told how an adding ended. */
export interface AddingOwner {
  counted(): void
  ended(): void
}

/** Adds one update to exact sums, and takes it out again if need be. */
export class TileAdding implements Adding {
  private readonly sums: Sums
  private readonly weighting: Weighting
  private readonly limits: ParamsLimits
  private readonly owner: AddingOwner
  private first = 0
  private next = 0
  private squares = 0
  private squaresTaken = 0
  private open = true

  constructor(sums: Sums, weighting: Weighting, limits: ParamsLimits, owner: AddingOwner) {
    this.sums = sums
    this.weighting = weighting
    this.limits = limits
    this.owner = owner
  }

  get held(): number {
    return this.next - this.first
  }

  tile(values: Float32Array): void {
    if (!this.open || this.first > 0) throw new RangeError('this adding has ended')
    this.mustFit(this.next, values)
    const squares = this.sums.accumulate(this.next, values, this.weighting, this.squares)
    if (squares === REFUSED) {
      throw (
        refusedElement(values, this.next * TILE_ELEMENTS, this.weighting.maxElement) ??
        new RangeError('a tile was refused that has no bad element')
      )
    }
    this.squares = squares
    this.next++
  }

  finish(): void {
    if (!this.open || this.first > 0) throw new RangeError('this adding has ended')
    if (this.next !== this.sums.tiles.length) throw new RangeError(`${this.next} tiles of ${this.sums.tiles.length}`)
    checkNorm(this.squares, this.limits)
    this.owner.counted()
    this.end()
  }

  undo(values: Float32Array): void {
    if (this.held === 0) throw new RangeError('nothing is held')
    this.mustFit(this.first, values)
    const { coefficient, ...rest } = this.weighting
    const squares = this.sums.accumulate(this.first, values, { ...rest, coefficient: -coefficient }, this.squaresTaken)
    if (squares === REFUSED) throw new RangeError('an update reads otherwise the second time')
    this.squaresTaken = squares
    this.first++
  }

  abandon(): void {
    if (!this.open) return
    if (this.held > 0) throw new RangeError(`${this.held} tiles are still held`)
    if (this.squaresTaken !== this.squares) throw new RangeError('an update reads otherwise the second time')
    this.end()
  }

  /** Its sums are another attempt's now: there is nothing left to undo. */
  detach(): void {
    this.open = false
    this.first = this.next
  }

  private end(): void {
    this.detach()
    this.owner.ended()
  }

  private mustFit(tile: number, values: Float32Array): void {
    const expected = this.sums.tiles[tile]?.length ?? 0
    if (values.length !== expected) throw new RangeError(`a tile of ${values.length} elements for one of ${expected}`)
  }
}
