import { describe, expect, it } from 'vitest'
import { TILE_ELEMENTS } from '../tensors/flat.ts'
import { numbered, sameBits, values } from '../tensors/testing.ts'
import { sgdServerOptimizer } from './server-optimizer.ts'
import { vector } from './testing.ts'

const WEIGHTS = vector(1, 2, 3, 4, 5)
const MEAN = vector(10, -20, 30, -40, 50)
const STATISTICS = [
  { start: 1, end: 2 },
  { start: 3, end: 4 },
]

describe('A3: the server optimizer sgd', () => {
  it('A3: with learning rate 1 adds the mean: FedAvg', () => {
    expect(values(sgdServerOptimizer(1).step(WEIGHTS, MEAN, []))).toEqual([11, -18, 33, -36, 55])
    expect(values(sgdServerOptimizer(1).step(WEIGHTS, MEAN, STATISTICS))).toEqual([11, -18, 33, -36, 55])
  })

  it.each([0.5, 0, 2])('A3: applies the learning rate %d to trained tensors; statistics are averaged only', (rate) => {
    expect(values(sgdServerOptimizer(rate).step(WEIGHTS, MEAN, STATISTICS))).toEqual([
      1 + rate * 10,
      2 - 20,
      3 + rate * 30,
      4 - 40,
      5 + rate * 50,
    ])
  })

  it('A3: finds statistics across the border of two tiles', () => {
    const weights = numbered(TILE_ELEMENTS + 4, 1)
    const mean = numbered(TILE_ELEMENTS + 4, 2)
    const spans = [{ start: TILE_ELEMENTS - 2, end: TILE_ELEMENTS + 2 }]
    const next = sgdServerOptimizer(0.5).step(weights, mean, spans)
    for (let i = TILE_ELEMENTS - 4; i < TILE_ELEMENTS + 4; i++) {
      const [w, d] = [weights.read(i, 1)[0] as number, mean.read(i, 1)[0] as number]
      const isStatistic = i >= TILE_ELEMENTS - 2 && i < TILE_ELEMENTS + 2
      expect(next.read(i, 1)[0]).toBe(Math.fround(w + (isStatistic ? d : 0.5 * d)))
    }
  })

  it('leaves its arguments as they are, and gives memory of its own', () => {
    const weights = vector(1, 2, 3, 4, 5)
    const mean = vector(0, 0, 0, 0, 0)
    const next = sgdServerOptimizer(1).step(weights, mean, [])
    next.write(0, Float32Array.of(9))
    expect(sameBits(weights, WEIGHTS)).toBe(true)
    expect(values(mean)).toEqual([0, 0, 0, 0, 0])
  })
})
