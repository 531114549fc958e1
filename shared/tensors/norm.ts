import type { FlatParams } from './flat.ts'

/** Elements to a block, and lanes in it. Part of the definition: other numbers give other bits. */
const BLOCK = 4096
const LANES = 8

/**
 * Σ xᵢ² in float64, in one fixed order everywhere, so that every implementation gets the same bits (rule A1), SIMD
 * among them. In a block of 4096 elements lane j sums the squares of the elements j, j + 8, j + 16, …, from left to
 * right; the block is ((l₀+l₂)+(l₄+l₆)) + ((l₁+l₃)+(l₅+l₇)); blocks are added from left to right.
 */
export function blockedSumOfSquares(flat: FlatParams): number {
  return flat.tiles.reduce((total, tile) => addSquares(total, tile), 0)
}

/** total + Σ xᵢ² of a tile, which begins where a block does. */
export function addSquares(total: number, tile: Float32Array): number {
  const lanes = new Float64Array(LANES)
  let sum = total
  for (let start = 0; start < tile.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, tile.length)
    lanes.fill(0)
    for (let i = start; i < end; i++) {
      const value = tile[i] as number
      lanes[i % LANES] = (lanes[i % LANES] as number) + value * value
    }
    const [l0, l1, l2, l3, l4, l5, l6, l7] = lanes as unknown as EightNumbers
    sum += l0 + l2 + (l4 + l6) + (l1 + l3 + (l5 + l7))
  }
  return sum
}

type EightNumbers = readonly [number, number, number, number, number, number, number, number]
