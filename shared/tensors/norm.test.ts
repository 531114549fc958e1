import { describe, expect, it } from 'vitest'
import { random } from '../random/random.ts'
import { FlatParams, TILE_ELEMENTS } from './flat.ts'
import { blockedSumOfSquares } from './norm.ts'
import { numbered } from './testing.ts'

describe('the sum of squares', () => {
  it('A1: is formed in one fixed order: eight lanes in blocks of 4096, then the blocks from left to right', () => {
    // 2⁵³ + 1 is 2⁵³ in float64: ones vanish when they are added to it one by one, not when they come as a lane.
    const huge = new Float32Array(4096).fill(1)
    huge[0] = 2 ** 26.5
    huge[8] = 2 ** 26.5
    const ones = new Float32Array(4096).fill(1)
    const first = addOneByOne((huge[0] as number) ** 2 * 2, 510)
    // ((l₀+l₂)+(l₄+l₆)) + ((l₁+l₃)+(l₅+l₇)), each lane but the first of 512 ones.
    const block = first + 512 + 1024 + 2048
    expect(blockedSumOfSquares(FlatParams.concat([huge, ones]))).toBe(block + 4096)
    expect(first).toBe((huge[0] as number) ** 2 * 2)
  })

  it('A1: has the bits of its definition for awkward values and any length', () => {
    const draws = random(1, 'squares')
    for (const length of [1, 7, 8, 9, 4095, 4096, 4097, 12_345]) {
      const tile = Float32Array.from({ length }, () => draws.normal() * 2 ** draws.uniform(-60, 60))
      expect(blockedSumOfSquares(FlatParams.concat([tile]))).toBe(byDefinition(tile))
    }
  })

  it('does not notice where tiles end', () => {
    const flat = numbered(TILE_ELEMENTS + 5000)
    expect(blockedSumOfSquares(flat)).toBe(byDefinition(flat.read(0, flat.length)))
  })

  it('of nothing is 0', () => {
    expect(blockedSumOfSquares(FlatParams.zeros(0))).toBe(0)
  })
})

function addOneByOne(from: number, ones: number): number {
  let sum = from
  for (let i = 0; i < ones; i++) sum += 1
  return sum
}

function byDefinition(values: Float32Array): number {
  let total = 0
  for (let start = 0; start < values.length; start += 4096) {
    const lane = (j: number) => {
      let sum = 0
      for (let i = start + j; i < Math.min(start + 4096, values.length); i += 8) sum += (values[i] as number) ** 2
      return sum
    }
    const even = lane(0) + lane(2) + (lane(4) + lane(6))
    const odd = lane(1) + lane(3) + (lane(5) + lane(7))
    total += even + odd
  }
  return total
}
