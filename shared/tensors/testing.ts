/** For tests: vectors with contents that betray any mix-up. */
import { random } from '../random/random.ts'
import { FlatParams } from './flat.ts'

/** `length` values, each different from its neighbours. */
export function numbered(length: number, seed = 1): FlatParams {
  const flat = FlatParams.zeros(length)
  let at = 0
  for (const tile of flat.tiles)
    for (let i = 0; i < tile.length; i++) tile[i] = ((at++ * 7919 + seed * 31) % 65_521) - 32_760.5
  return flat
}

/** All elements in one array, for comparing short vectors. */
export function values(flat: FlatParams): number[] {
  return Array.from(flat.read(0, flat.length))
}

/** Whether two vectors have the same bits, −0 and NaN included. */
export function sameBits(a: FlatParams, b: FlatParams): boolean {
  if (a.length !== b.length) return false
  return a.tiles.every((tile, t) => {
    const left = new Uint32Array(tile.buffer, tile.byteOffset, tile.length)
    const tileB = b.tiles[t] as Float32Array
    const right = new Uint32Array(tileB.buffer, tileB.byteOffset, tileB.length)
    for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false
    return true
  })
}

/** Cuts bytes into pieces of random sizes, empty ones among them. */
export function randomPieces(bytes: Uint8Array, seed: number, largest: number): Uint8Array[] {
  const draws = random(seed, 'pieces')
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = draws.int(largest + 1)
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}
