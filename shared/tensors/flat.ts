/** Elements in a tile: 4 MiB of float32. */
export const TILE_ELEMENTS = 1 << 20

/** Elements of tile `tile` of a vector of `length` elements; 0 where there is none. */
export function tileLength(length: number, tile: number): number {
  return Math.max(0, Math.min(TILE_ELEMENTS, length - tile * TILE_ELEMENTS))
}

/** How many tiles a vector of `length` elements has. */
export function tileCount(length: number): number {
  return Math.ceil(length / TILE_ELEMENTS)
}

/**
 * A model's flat float32 vector, held and read in tiles, so that nothing needs a whole model
 * as one ArrayBuffer. Every tile but the last has TILE_ELEMENTS elements.
 */
export class FlatParams {
  readonly length: number
  readonly tiles: readonly Float32Array[]

  private constructor(length: number, tiles: readonly Float32Array[]) {
    this.length = length
    this.tiles = tiles
  }

  static zeros(length: number): FlatParams {
    const tiles = Array.from({ length: tileCount(length) }, (_, tile) => new Float32Array(tileLength(length, tile)))
    return new FlatParams(length, tiles)
  }

  /** Over memory that is there, cut as it must be: tiles of TILE_ELEMENTS, and a shorter one at the end. */
  static over(tiles: readonly Float32Array[]): FlatParams {
    const length = tiles.reduce((n, tile) => n + tile.length, 0)
    const fit = tiles.every((tile, t) => tile.length === tileLength(length, t))
    if (!fit) throw new RangeError(`${tiles.length} tiles that are no vector of ${length} elements`)
    return new FlatParams(length, tiles)
  }

  /** Copies `pieces`, one after the other. */
  static concat(pieces: readonly Float32Array[]): FlatParams {
    const flat = FlatParams.zeros(pieces.reduce((n, p) => n + p.length, 0))
    let at = 0
    for (const piece of pieces) {
      flat.write(at, piece)
      at += piece.length
    }
    return flat
  }

  /** Copies `values` to position `at`. */
  write(at: number, values: Float32Array): void {
    this.walk(at, values.length, (tile, from, n, done) => tile.set(values.subarray(done, done + n), from))
  }

  /** A copy of the elements from `at` on. */
  read(at: number, length: number): Float32Array {
    const out = new Float32Array(length)
    this.walk(at, length, (tile, from, n, done) => out.set(tile.subarray(from, from + n), done))
    return out
  }

  private walk(
    at: number,
    length: number,
    visit: (tile: Float32Array, from: number, n: number, done: number) => void,
  ): void {
    if (at < 0 || at + length > this.length) throw new RangeError(`elements ${at} to ${at + length} of ${this.length}`)
    let done = 0
    while (done < length) {
      const position = at + done
      const tile = this.tiles[Math.floor(position / TILE_ELEMENTS)]
      if (!tile) throw new RangeError(`no tile at ${position}`)
      const from = position % TILE_ELEMENTS
      const n = Math.min(length - done, tile.length - from)
      visit(tile, from, n, done)
      done += n
    }
  }
}
