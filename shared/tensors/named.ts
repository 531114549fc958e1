import { DTYPES, type DType } from './dtypes.ts'
import { FlatParams } from './flat.ts'
import { elements } from './layout.ts'

/** Tensors by name, of no model in particular: what a file of weights holds. Their values lie in `values` in this order. */
export interface NamedTensors {
  readonly tensors: readonly NamedTensor[]
  readonly values: FlatParams
}

export interface NamedTensor {
  readonly name: string
  readonly shape: readonly number[]
}

/** A tensor as it lies in a file. */
export interface StoredTensor extends NamedTensor {
  readonly dtype: DType
}

/** Bytes that they take, one after the other. */
export function storedBytes(tensors: readonly StoredTensor[]): number {
  return tensors.reduce((n, { shape, dtype }) => n + elements(shape) * DTYPES[dtype].bytes, 0)
}

/** Takes the bytes of tensors that lie one after the other, in pieces of any size, and makes float32 of them, without loss. */
export class NamedReader {
  private readonly tensors: readonly StoredTensor[]
  private readonly values: FlatParams
  private tensor = 0
  /** Elements of the present tensor that are still to come. */
  private left: number
  private at = 0
  private carried = new Uint8Array(0)

  constructor(tensors: readonly StoredTensor[]) {
    this.tensors = tensors
    this.values = FlatParams.zeros(tensors.reduce((n, t) => n + elements(t.shape), 0))
    this.left = tensors[0] ? elements(tensors[0].shape) : 0
  }

  /** Answers how many bytes were left over: 0, unless there are more than the tensors take. */
  push(piece: Uint8Array): number {
    let bytes = piece
    if (this.carried.length > 0) {
      bytes = new Uint8Array(this.carried.length + piece.length)
      bytes.set(this.carried)
      bytes.set(piece, this.carried.length)
      this.carried = new Uint8Array(0)
    }
    for (;;) {
      while (this.left === 0 && this.tensor < this.tensors.length) this.next()
      const tensor = this.tensors[this.tensor]
      if (!tensor) return bytes.length
      const { bytes: size, read } = DTYPES[tensor.dtype]
      const n = Math.min(this.left, Math.floor(bytes.length / size))
      if (n === 0) {
        this.carried = bytes.slice()
        return 0
      }
      this.values.write(this.at, read(bytes.subarray(0, n * size)))
      this.at += n
      this.left -= n
      bytes = bytes.subarray(n * size)
    }
  }

  /** The tensors, once all their bytes are there; null where some are missing. */
  finish(): NamedTensors | null {
    if (this.at !== this.values.length || this.carried.length > 0) return null
    return { tensors: this.tensors.map(({ name, shape }) => ({ name, shape })), values: this.values }
  }

  private next(): void {
    this.tensor++
    const tensor = this.tensors[this.tensor]
    this.left = tensor ? elements(tensor.shape) : 0
  }
}
