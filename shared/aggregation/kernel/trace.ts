import { addSquares } from '../../tensors/norm.ts'

/** What was read of an update. Two readings of the same values, by the same means, leave the same. */
export interface Trace {
  /** Σ x²; as a stretch leaves it, nearly: see SQUARES_MARGIN. */
  squares: number
  /** The sum of the values' 32-bit words, mod 2³². */
  checksum: number
}

/** A stretch's `squares` are off by no more than this part of them, and by SQUARES_LOST for each element. */
export const SQUARES_MARGIN = 2 ** -13
/** Squares below float32's normal numbers lose so much at most. */
export const SQUARES_LOST = 2 ** -148

export function newTrace(): Trace {
  return { squares: 0, checksum: 0 }
}

/** What Σ x² is at most where a stretch says that it is `about` so much. */
export function mostSquares(about: number, elements: number): number {
  return about * (1 + 2 * SQUARES_MARGIN) + elements * SQUARES_LOST
}

/** Adds these values to the trace, their squares in float64 and in the fixed order of tensors/norm.ts. */
export function trace(into: Trace, values: Float32Array): void {
  into.squares = addSquares(into.squares, values)
  const words = new Int32Array(values.buffer, values.byteOffset, values.length)
  let sum = into.checksum
  for (let i = 0; i < words.length; i++) sum = (sum + (words[i] as number)) | 0
  into.checksum = sum
}
