import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TributaryError } from '../errors/error.ts'
import { hashKeys } from './hash.ts'
import { deriveSeed, Random, random } from './random.ts'
import { stateFromSeed, Xoshiro128 } from './xoshiro128.ts'

/** Mean and variance of `count` draws. */
function moments(draw: () => number, count = 50_000): { mean: number; variance: number } {
  const values = Array.from({ length: count }, draw)
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count }
}

/** Pearson's statistic of counts that should all be equal; its mean is the number of cells minus 1. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

describe('xoshiro128**', () => {
  it('gives the numbers of its authors’ C code from the state 1, 2, 3, 4', () => {
    const bits = new Xoshiro128([1, 2, 3, 4])
    expect(Array.from({ length: 10 }, () => bits.next())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ])
  })

  it('is never seeded with the state of zeros, in which it would stay', () => {
    for (const seed of [0, 1, -1, 0x61c88647, 2 ** 32 - 1]) {
      expect(stateFromSeed(seed).filter((word) => word === 0).length).toBeLessThan(2)
    }
  })
})

describe('deriveSeed', () => {
  it('is the same for ever: stored jobs depend on it', () => {
    expect(deriveSeed(42, 'select', 1, 'c7')).toBe(853113585)
    expect(deriveSeed('job', 'init')).toBe(2586117073)
    expect(hashKeys([])).toBe(0)
  })

  it('tells apart keys whose texts run together alike', () => {
    const seeds = [
      deriveSeed(1, 'a', 'b', 'c'),
      deriveSeed(1, 'a', 'bc'),
      deriveSeed(1, 'ab', 'c'),
      deriveSeed(1, 'abc'),
      deriveSeed('1', 'abc'),
      deriveSeed(1, 'a', 'b', 'c', ''),
      deriveSeed(1, 'a', 12),
      deriveSeed(1, 'a', '12'),
      deriveSeed(1, 'a', 1, 2),
      deriveSeed(1, 'a', '2:', 's1:b'),
    ]
    expect(new Set(seeds).size).toBe(seeds.length)
  })

  it('spreads neighbouring keys evenly over 32 bits', () => {
    const counts = new Array<number>(64).fill(0)
    const seeds = Array.from({ length: 20_000 }, (_, key) => deriveSeed(7, 'spread', key))
    for (const seed of seeds) counts[seed >>> 26] = (counts[seed >>> 26] as number) + 1
    expect(chiSquare(counts)).toBeLessThan(115)
    expect(new Set(seeds).size).toBeGreaterThan(19_997)
  })
})

describe('Random', () => {
  it('is the same for ever: stored jobs depend on it', () => {
    const draws = random(42, 'select', 1)
    expect([draws.next(), draws.next(), draws.int(10)]).toEqual([0.6477535653781574, 0.3326023870749103, 2])
    expect(draws.normal()).toBeCloseTo(-0.5069133562532913, 12)
    expect(draws.gamma(0.5)).toBeCloseTo(0.1888645700541742, 12)
    expect(Array.from(draws.dirichlet(0.5, 3))).toEqual([
      expect.closeTo(0.23294214709648697, 12),
      expect.closeTo(0.03306536093088098, 12),
      expect.closeTo(0.7339924919726322, 12),
    ])
    expect(Array.from(draws.permutation(6))).toEqual([5, 3, 0, 4, 1, 2])
  })

  it('gives the same draws for the same keys, other draws for others', () => {
    const first = (source: Random): number[] => Array.from({ length: 8 }, () => source.next())
    expect(first(random('s', 'p', 1))).toEqual(first(random('s', 'p', 1)))
    expect(first(random('s', 'p', 1))).not.toEqual(first(random('s', 'p', 2)))
    expect(first(random('s', 'p', 1))).not.toEqual(first(random('t', 'p', 1)))
  })

  it('next has the moments of the uniform distribution and stays in [0, 1)', () => {
    const draws = new Random(1)
    const { mean, variance } = moments(() => draws.next())
    expect(mean).toBeCloseTo(1 / 2, 2)
    expect(variance).toBeCloseTo(1 / 12, 2)
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const value = new Random(seed).next()
        expect(value >= 0 && value < 1 && Number.isInteger(value * 2 ** 53)).toBe(true)
      }),
    )
  })

  it('uniform stays within its bounds', () => {
    const draws = new Random(2)
    const { mean, variance } = moments(() => draws.uniform(-2, 4))
    expect(mean).toBeCloseTo(1, 1)
    expect(variance).toBeCloseTo(3, 1)
  })

  it('int hits every value equally often', () => {
    const draws = new Random(3)
    const counts = new Array<number>(13).fill(0)
    for (let i = 0; i < 26_000; i++) {
      const value = draws.int(13)
      counts[value] = (counts[value] as number) + 1
    }
    expect(chiSquare(counts)).toBeLessThan(33)
  })

  it('int is unbiased where 2³² is not nearly a multiple: a third of the values below 2³¹·1.5 lies below 2³⁰', () => {
    const draws = new Random(4)
    const { mean } = moments(() => (draws.int(3 * 2 ** 30) < 2 ** 30 ? 1 : 0))
    expect(mean).toBeCloseTo(1 / 3, 2)
  })

  it.each([0, -1, 1.5, Number.NaN, 2 ** 32 + 1])('int refuses %d', (n) => {
    expect(() => new Random(1).int(n)).toThrow(TributaryError)
  })

  it('normal has the first four moments of the standard normal', () => {
    const draws = new Random(5)
    const { mean, variance } = moments(() => draws.normal())
    expect(mean).toBeCloseTo(0, 1)
    expect(variance).toBeCloseTo(1, 1)
    const fourth = moments(() => draws.normal() ** 4).mean
    expect(Math.abs(fourth - 3)).toBeLessThan(0.15)
  })

  it.each([0.1, 0.5, 1, 2.5, 40])('gamma(%d) has mean and variance alpha', (alpha) => {
    const draws = new Random(6)
    const { mean, variance } = moments(() => draws.gamma(alpha))
    expect(Math.abs(mean / alpha - 1)).toBeLessThan(0.04)
    expect(Math.abs(variance / alpha - 1)).toBeLessThan(0.08)
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('gamma refuses the shape %d', (alpha) => {
    expect(() => new Random(1).gamma(alpha)).toThrow(TributaryError)
  })

  it('dirichlet gives proportions, with the variance of its components', () => {
    const draws = new Random(7)
    const alpha = 0.5
    const k = 4
    // Var = (1/k)(1 − 1/k) / (kα + 1)
    const { mean, variance } = moments(() => draws.dirichlet(alpha, k)[1] as number, 20_000)
    expect(mean).toBeCloseTo(1 / k, 2)
    expect(variance).toBeCloseTo(((1 / k) * (1 - 1 / k)) / (k * alpha + 1), 2)
  })

  it('dirichlet sums to 1 whatever its concentration, even where all gammas underflow', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ min: 1e-12, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        (seed, alpha, k) => {
          const proportions = new Random(seed).dirichlet(alpha, k)
          expect(proportions.every((share) => share >= 0 && share <= 1)).toBe(true)
          expect(proportions.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
        },
      ),
    )
  })

  it('permutation holds every number once', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 300 }), (seed, n) => {
        const sorted = new Random(seed).permutation(n).sort()
        expect(Array.from(sorted)).toEqual(Array.from({ length: n }, (_, i) => i))
      }),
    )
  })

  it('shuffle reaches every order equally often', () => {
    const draws = new Random(8)
    const counts = new Map<string, number>()
    for (let i = 0; i < 12_000; i++) {
      const order = draws.shuffle(Int32Array.of(1, 2, 3, 4)).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    expect(chiSquare([...counts.values()])).toBeLessThan(50)
  })
})
