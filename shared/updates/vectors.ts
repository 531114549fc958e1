import { FlatParams } from '../tensors/flat.ts'

/** Where vectors of one length come from, and where they go back to when nobody reads them any more. */
export interface Vectors {
  /** Elements. */
  readonly length: number
  /** A vector that is nobody else's. Its elements are what they were: whoever takes it fills all of it. */
  take(): FlatParams
  give(vector: FlatParams): void
}

/** A new one each time. */
export function newVectors(length: number): Vectors {
  return { length, take: () => FlatParams.zeros(length), give() {} }
}
