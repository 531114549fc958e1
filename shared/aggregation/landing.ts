import { FlatParams } from '../tensors/flat.ts'
import type { Vectors } from '../updates/vectors.ts'

/**
 * Vectors in the memory that sums are formed in: an update that lies in one is added without a copy. The one that was given
 * back last is taken next, so that no more memory is touched than was ever needed at once. When all are taken, ordinary
 * ones are given out.
 */
export class Landing implements Vectors {
  readonly length: number
  private readonly slots: number
  private readonly slot: (index: number) => FlatParams
  private readonly own = new Set<FlatParams>()
  private readonly idle: FlatParams[] = []

  /** `slot`: the vector of this number; asked for once each, from 0 to slots − 1, when it is needed. */
  constructor(length: number, slots: number, slot: (index: number) => FlatParams) {
    this.length = length
    this.slots = slots
    this.slot = slot
  }

  take(): FlatParams {
    return this.idle.pop() ?? this.next() ?? FlatParams.zeros(this.length)
  }

  give(vector: FlatParams): void {
    if (this.own.has(vector) && !this.idle.includes(vector)) this.idle.push(vector)
  }

  private next(): FlatParams | null {
    if (this.own.size === this.slots) return null
    const vector = this.slot(this.own.size)
    this.own.add(vector)
    return vector
  }
}
