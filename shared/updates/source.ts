import type { FlatParams } from '../tensors/flat.ts'

/**
 * An update's flat vector as it was received: in memory, or on disk where it is large. Read tile by tile, as often as
 * is needed, each time from the start; tiles are cut as FlatParams cuts them. A tile is the reader's until it asks for the next.
 */
export interface UpdateSource {
  /** Elements. */
  readonly length: number
  /** `room`: where tile `tile` had best be put, if it has to be put anywhere; one serves one reader at a time. */
  tiles(room?: Room): Iterable<Float32Array> | AsyncIterable<Float32Array>
}

/** Memory of just a tile's length. */
export type Room = (tile: number) => Float32Array

/** A vector that is in memory as a whole. */
export function inMemory({ length, tiles }: FlatParams): UpdateSource {
  return { length, tiles: () => tiles }
}
