import { describe, expect, it } from 'vitest'
import { FlatParams, TILE_ELEMENTS } from './flat.ts'
import { blockedSumOfSquares } from './norm.ts'
import { numbered } from './testing.ts'

describe('the sum of squares', () => {
  it('A1: is formed in one fixed order: blocks of 4096 from left to right, then the blocks', () => {
    // 2⁵³ + 1 is 2⁵³ in float64: ones vanish when they are added to it one by one, not when they come as a block.
    const huge = new Float32Array(4096)
    huge[0] = 2 ** 26.5
    huge[1] = 2 ** 26.5
    huge.fill(1, 2)
    const ones = new Float32Array(4096).fill(1)
    const first = huge[0] ** 2 * 2
    expect(blockedSumOfSquares(FlatParams.concat([huge, ones]))).toBe(addOneByOne(first, 4094) + 4096)
  })

  it('does not notice where tiles end', () => {
    const flat = numbered(TILE_ELEMENTS + 5000)
    let expected = 0
    for (let start = 0; start < flat.length; start += 4096) {
      let block = 0
      for (const value of flat.read(start, Math.min(4096, flat.length - start))) block += value * value
      expected += block
    }
    expect(blockedSumOfSquares(flat)).toBe(expected)
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
