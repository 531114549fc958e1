import { TributaryError } from '../../../shared/errors/error.ts'

/** Rows of numbers, one after the other, of which nobody knows how many will come. */
type Numbers = Uint8Array | Int32Array | Float32Array

const CHUNK_VALUES = 2 ** 20
/** They are held in memory, for a moment twice. */
const MOST_VALUES = 2 ** 28

function tooMany(rows: number): TributaryError {
  return new TributaryError(
    'data/mismatch',
    `The files hold more than the ${rows} examples that fit into this tab’s memory. Choose fewer, or a part of the file.`,
  )
}

export class Growing<A extends Numbers> {
  private readonly make: new (
    length: number,
  ) => A
  private readonly width: number
  /** The last one has room for more. */
  private chunks: A[] = []
  private rows = 0
  /** Rows for which there is room in all chunks together, and before the last one. */
  private room = 0
  private before = 0

  /** `width`: values of a row, at least 1. */
  constructor(make: new (length: number) => A, width: number) {
    this.make = make
    this.width = width
  }

  get count(): number {
    return this.rows
  }

  /** So many more will probably come, and hardly more than that: they need not be copied in the end. */
  reserve(rows: number): void {
    if (rows > 0 && this.rows === this.room && rows * this.width <= MOST_VALUES) this.add(rows)
  }

  /** A new row, all 0, to be written to. */
  next(): A {
    if (this.rows === this.room) {
      if (this.room * this.width > MOST_VALUES) throw tooMany(this.rows)
      this.add(Math.max(1, Math.floor(CHUNK_VALUES / this.width)))
    }
    const at = (this.rows++ - this.before) * this.width
    return this.chunks.at(-1)?.subarray(at, at + this.width) as A
  }

  push(values: ArrayLike<number>): void {
    this.next().set(values)
  }

  /** All rows. Nothing can be added afterwards. */
  take(): A {
    const [only, ...more] = this.chunks
    const length = this.rows * this.width
    // Most of what was reserved is there: nothing is copied.
    if (only && more.length === 0 && length * 2 >= only.length) return only.subarray(0, length) as A
    const all = new this.make(length)
    for (let at = 0; at < length; ) {
      // Let go of as soon as it is copied.
      const chunk = this.chunks.shift() as A
      all.set(chunk.subarray(0, length - at), at)
      at += chunk.length
    }
    return all
  }

  private add(rows: number): void {
    this.before = this.room
    this.room += rows
    this.chunks.push(new this.make(rows * this.width))
  }
}
