/** What a simulated client answers with: pure functions of who it is, of the round and of what it was sent. */
import { deriveSeed } from '../../shared/random/random.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'

/** Different from client to client, so that a weight that was taken from another shows. */
export function examplesOf(index: number): number {
  return 20 + (index % 17)
}

/**
 * A difference of small numbers that no two clients or rounds share, and that leans on the received parameters: one that
 * was made from another version gives another sum.
 */
export function difference(params: FlatParams, index: number, round: number): FlatParams {
  let bits = deriveSeed(index, 'simulated-difference', round)
  const next = FlatParams.zeros(params.length)
  next.tiles.forEach((tile, t) => {
    const from = params.tiles[t] as Float32Array
    for (let i = 0; i < tile.length; i++) {
      // Knuth's and Lewis' linear congruential generator: quality does not matter here, only that it is cheap.
      bits = (Math.imul(bits, 1_664_525) + 1_013_904_223) >>> 0
      tile[i] = bits / 2 ** 36 - 0.125 * (from[i] as number)
    }
  })
  return next
}
