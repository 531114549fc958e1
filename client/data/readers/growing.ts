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
  private readonly rowsInChunk: number
  private chunks: A[] = []
  private rows = 0

  /** `width`: values of a row, at least 1. */
  constructor(make: new (length: number) => A, width: number) {
    this.make = make
    this.width = width
    this.rowsInChunk = Math.max(1, Math.floor(CHUNK_VALUES / width))
  }

  get count(): number {
    return this.rows
  }

  /** A new row, all 0, to be written to. */
  next(): A {
    const at = this.rows % this.rowsInChunk
    if (at === 0) {
      if (this.chunks.length * this.rowsInChunk * this.width > MOST_VALUES) throw tooMany(this.rows)
      this.chunks.push(new this.make(this.rowsInChunk * this.width))
    }
    this.rows++
    return this.chunks.at(-1)?.subarray(at * this.width, (at + 1) * this.width) as A
  }

  push(values: ArrayLike<number>): void {
    this.next().set(values)
  }

  /** All rows. Nothing can be added afterwards. */
  take(): A {
    const all = new this.make(this.rows * this.width)
    const size = this.rowsInChunk * this.width
    this.chunks.forEach((chunk, i) => {
      all.set(chunk.subarray(0, all.length - i * size), i * size)
    })
    this.chunks = []
    return all
  }
}
