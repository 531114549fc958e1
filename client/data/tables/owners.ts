import { Growing } from '../readers/growing.ts'

/** Whose each example of a table is, by what a column says: who is who is numbered in the order in which they come. */
export class Owners {
  readonly column: string
  private readonly numbers = new Map<string, number>()
  private readonly owners = new Growing(Int32Array, 1)

  constructor(column: string) {
    this.column = column
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
