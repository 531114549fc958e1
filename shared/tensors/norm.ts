import type { FlatParams } from './flat.ts'

/** Elements summed one after the other before block sums are. Part of the definition: another size gives other bits. */
const BLOCK = 4096

/**
 * Σ xᵢ² in float64: within blocks of 4096 elements from left to right, then the blocks' sums from left to right.
 * One fixed order everywhere, so that every implementation gets the same bits (rule A1).
 */
export function blockedSumOfSquares(flat: FlatParams): number {
  let total = 0
  for (const tile of flat.tiles) {
    for (let start = 0; start < tile.length; start += BLOCK) {
      const end = Math.min(start + BLOCK, tile.length)
      let sum = 0
      for (let i = start; i < end; i++) {
        const value = tile[i] as number
        sum += value * value
      }
      total += sum
    }
  }
  return total
}
