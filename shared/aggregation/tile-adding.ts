import { TILE_ELEMENTS } from '../tensors/flat.ts'
import { checkNorm, type ParamsLimits, refusedElement } from '../updates/check.ts'
import type { Room } from '../updates/source.ts'
import type { Adding } from './aggregator.ts'
import type { Weighting } from './kernel/stretch.ts'
import { mostSquares, newTrace, trace } from './kernel/trace.ts'
import type { Sums } from './sums.ts'

/** Who is told how an adding ended. */
export interface AddingOwner {
  counted(adding: TileAdding): void
  ended(): void
}

/** Adds one update to exact sums, and takes it out again if need be. */
export class TileAdding implements Adding {
  readonly taskId: string
  private readonly sums: Sums
  private readonly weighting: Weighting
  private readonly limits: ParamsLimits
  private readonly owner: AddingOwner
  private first = 0
  private next = 0
  private readonly added = newTrace()
  private readonly taken = newTrace()
  private tilesMeasured = 0
  /** Its squares are exact; those of the others are a stretch's. */
  private readonly measured = newTrace()
  private open = true

  constructor(taskId: string, sums: Sums, weighting: Weighting, limits: ParamsLimits, owner: AddingOwner) {
    this.taskId = taskId
    this.sums = sums
    this.weighting = weighting
    this.limits = limits
    this.owner = owner
  }

  get coefficient(): number {
    return this.weighting.coefficient
  }

  get held(): number {
    return this.next - this.first
  }

  get isProven(): boolean {
    return mostSquares(this.added.squares, this.next * TILE_ELEMENTS) <= this.limits.maxNorm ** 2
  }

  get room(): Room {
    return (tile) => this.sums.room(tile)
  }

  tile(values: Float32Array): void {
    this.mustBeOpen()
    this.mustFit(this.next, values)
    if (!this.sums.add(this.next, values, this.weighting, this.added)) {
      throw (
        refusedElement(values, this.next * TILE_ELEMENTS, this.weighting.maxElement) ??
        new RangeError('a tile was refused that has no bad element')
      )
    }
    this.next++
  }

  measure(values: Float32Array): void {
    this.mustBeWhole()
    this.mustFit(this.tilesMeasured, values)
    trace(this.measured, values)
    this.tilesMeasured++
  }

  finish(): void {
    this.mustBeWhole()
    if (!this.isProven) {
      if (this.tilesMeasured < this.next) {
        throw new RangeError(`${this.tilesMeasured} tiles of ${this.next} were measured`)
      }
      if (this.measured.checksum !== this.added.checksum) throw readsOtherwise()
      checkNorm(this.measured.squares, this.limits)
    }
    this.owner.counted(this)
    this.end()
  }

  undo(values: Float32Array): void {
    if (this.held === 0) throw new RangeError('nothing is held')
    this.mustFit(this.first, values)
    if (!this.sums.subtract(this.first, values, this.weighting, this.taken)) throw readsOtherwise()
    this.first++
  }

  abandon(): void {
    if (!this.open) return
    if (this.held > 0) throw new RangeError(`${this.held} tiles are still held`)
    const { added, taken } = this
    if (taken.squares !== added.squares || taken.checksum !== added.checksum) throw readsOtherwise()
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

  private mustBeOpen(): void {
    if (!this.open || this.first > 0) throw new RangeError('this adding has ended')
  }

  private mustBeWhole(): void {
    this.mustBeOpen()
    if (this.sums.tileLength(this.next) > 0) throw new RangeError(`${this.next} tiles are not the whole update`)
  }

  private mustFit(tile: number, values: Float32Array): void {
    const expected = this.sums.tileLength(tile)
    if (values.length !== expected) throw new RangeError(`a tile of ${values.length} elements for one of ${expected}`)
  }
}

function readsOtherwise(): RangeError {
  return new RangeError('an update reads otherwise the second time')
}
