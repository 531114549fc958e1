/** Whose each example of a table is, by what a column says: who is who is numbered in the order in which they come. */
import { TributaryError } from '../../../shared/errors/error.ts'
import { Growing } from '../readers/growing.ts'
import { listed } from '../readers/words.ts'
import { placesOf } from './columns.ts'

export class Owners {
  readonly column: string
  private readonly numbers = new Map<string, number>()
  private readonly owners = new Growing(Int32Array, 1)

  constructor(column: string) {
    this.column = column
  }

  /** Where the column is among a table's. Throws 'data/mismatch' where it has none. */
  placeIn(columns: readonly string[], file: string): number {
    const [place = -1] = placesOf(columns, [{ name: this.column, names: [this.column] }], {})
    if (place >= 0) return place
    throw new TributaryError(
      'data/mismatch',
      `${file} has no column ${this.column}; it has ${listed(columns)}. Name one of these after natural-id:.`,
    )
  }

  /** So many examples are this one's. */
  add(name: string, examples = 1): void {
    const number = this.numbers.get(name) ?? this.numbers.size
    this.numbers.set(name, number)
    for (let i = 0; i < examples; i++) this.owners.push([number])
  }

  /** One per example; to be asked once. */
  take(): Int32Array {
    return this.owners.take()
  }
}
