import { describe, expect, it } from 'vitest'
import { type Random, random } from '../../random/random.ts'
import { makeGrid, quantiseCoefficient } from '../grid.ts'
import { awkwardValue } from '../testing.ts'
import { plainStretch } from './plain.ts'
import { simdStretch } from './simd.ts'
import { REFUSED, type Stretch, type Weighting } from './stretch.ts'

/** Odd lengths, blocks and the 2¹⁷ elements that the kernel takes at a time, and one more or less. */
const LENGTHS = [1, 2, 7, 8, 9, 15, 4095, 4096, 4097, 12_289, (1 << 17) - 1, 1 << 17, (1 << 17) + 4097]
const BAD = [Number.NaN, -Number.NaN, Infinity, -Infinity, 1024.0001220703125, -1025, 3.4e38]

function simd(length: number): Stretch {
  const stretch = simdStretch?.(length)
  if (!stretch) throw new Error('this platform has no WebAssembly SIMD')
  return stretch
}

function awkward(draws: Random, length: number): Float32Array {
  return Float32Array.from({ length }, () => awkwardValue(draws))
}

function weighting(draws: Random, maxElement = 1024): Weighting {
  const coefficient = quantiseCoefficient(draws.next() < 0.5 ? draws.uniform(0.001, 5000) : 1 + draws.int(1_000_000))
  return { coefficient, step: makeGrid(coefficient * (1 + 4 * draws.next()), 1024).step, maxElement }
}

function bits(sums: Float64Array): BigUint64Array {
  return new BigUint64Array(sums.slice().buffer)
}

/** Faster than toEqual, which compares element by element. */
function sameBits(a: Float64Array, b: Float64Array): boolean {
  const [x, y] = [bits(a), bits(b)]
  return x.length === y.length && x.every((value, i) => value === y[i])
}

describe('A1: SIMD and plain JavaScript', () => {
  it.each(LENGTHS)('A1: give the same bits, sums and norm, for %i awkward values', (length) => {
    const draws = random(length, 'kernel')
    const [fast, plain] = [simd(length), plainStretch(length)]
    for (let update = 0; update < 3; update++) {
      const values = awkward(draws, length)
      const weights = weighting(draws)
      const squares = fast.accumulate(0, values, weights, update)
      expect(squares).toBe(plain.accumulate(0, values, weights, update))
      expect(squares).toBeGreaterThanOrEqual(update)
    }
    expect(sameBits(fast.sums, plain.sums)).toBe(true)
    expect(fast.sums.some((sum) => Object.is(sum, -0))).toBe(false)
  })

  it('A1: round halves to even alike', () => {
    const values = Float32Array.of(0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 0.51, -0.51, 3)
    for (const stretch of [simd(9), plainStretch(9)]) {
      stretch.accumulate(0, values, { coefficient: 1, step: 1, maxElement: 1024 }, 0)
      expect([...stretch.sums]).toEqual([0, 2, 2, 0, -2, 0, 1, -1, 3])
    }
  })

  it('A1: write where they are told, and nowhere else', () => {
    const draws = random(3, 'kernel')
    const [fast, plain] = [simd(3 * 4096), plainStretch(3 * 4096)]
    const weights = weighting(draws)
    for (const at of [4096, 8192, 4096]) {
      const values = awkward(draws, 4096)
      fast.accumulate(at, values, weights, 0)
      plain.accumulate(at, values, weights, 0)
    }
    expect(sameBits(fast.sums, plain.sums)).toBe(true)
    expect(fast.sums.subarray(0, 4096).every((sum) => Object.is(sum, 0))).toBe(true)
    expect(() => fast.accumulate(8192, new Float32Array(4097), weights, 0)).toThrow(RangeError)
  })

  it.each(LENGTHS)('A1: take away what they added, to the very bits, from %i sums', (length) => {
    const draws = random(length, 'undo')
    for (const stretch of [simd(length), plainStretch(length)]) {
      stretch.accumulate(0, awkward(draws, length), weighting(draws), 0)
      const before = stretch.sums.slice()
      const values = awkward(draws, length)
      const weights = weighting(draws)
      const squares = stretch.accumulate(0, values, weights, 0)
      expect(stretch.accumulate(0, values, { ...weights, coefficient: -weights.coefficient }, 0)).toBe(squares)
      expect(sameBits(stretch.sums, before)).toBe(true)
    }
  })
})

describe('U1: an element that is not finite or too large', () => {
  it.each(BAD)(
    'U1: %d is refused at any place, and nothing is added',
    (bad) => {
      const draws = random(String(bad), 'bad')
      for (const length of LENGTHS) {
        const values = awkward(draws, length)
        values[draws.int(length)] = bad
        for (const stretch of [simd(length), plainStretch(length)]) {
          stretch.accumulate(0, awkward(draws, length), weighting(draws), 0)
          const before = stretch.sums.slice()
          expect(stretch.accumulate(0, values, weighting(draws), 0)).toBe(REFUSED)
          expect(sameBits(stretch.sums, before)).toBe(true)
        }
      }
    },
    30_000,
  )

  it.each([1024, 0.1, 1e-45, 3.4028234663852886e38, 1e300])('U1: the bound %d is met exactly', (bound) => {
    const inside = Math.min(Math.fround(bound) <= bound ? Math.fround(bound) : below(bound), 3.4028234663852886e38)
    const outside = inside === 3.4028234663852886e38 ? Infinity : above(inside)
    const weights = { coefficient: 1, step: makeGrid(1, bound).step, maxElement: bound }
    for (const stretch of [simd(2), plainStretch(2)]) {
      expect(stretch.accumulate(0, Float32Array.of(inside, -inside), weights, 0)).toBeGreaterThanOrEqual(0)
      expect(stretch.accumulate(0, Float32Array.of(0, -outside), weights, 0)).toBe(REFUSED)
    }
  })
})

/** The float32 before and after a positive one, by its bits. */
function neighbour(x: number, by: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, x)
  view.setUint32(0, view.getUint32(0) + by)
  return view.getFloat32(0)
}
const below = (x: number) => neighbour(x, -1)
const above = (x: number) => neighbour(x, 1)
