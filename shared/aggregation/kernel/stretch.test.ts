import { describe, expect, it } from 'vitest'
import { type Random, random } from '../../random/random.ts'
import { TILE_ELEMENTS } from '../../tensors/flat.ts'
import { makeGrid, quantiseCoefficient } from '../grid.ts'
import { awkwardValue } from '../testing.ts'
import { plainStretch } from './plain.ts'
import { simdStretch } from './simd.ts'
import { type Stretch, slotElements, type Weighting } from './stretch.ts'
import { newTrace, SQUARES_LOST, SQUARES_MARGIN } from './trace.ts'

/** Odd lengths, and blocks of 4096 and one more or less. */
const LENGTHS = [1, 2, 7, 8, 9, 15, 4095, 4096, 4097, 12_289, (1 << 17) + 4097]
const BAD = [Number.NaN, -Number.NaN, Infinity, -Infinity, 1024.0001220703125, -1025, 3.4e38]

function simd(length: number, spare = 0): Stretch {
  const stretch = simdStretch?.(length, spare)
  if (!stretch) throw new Error('this platform has no WebAssembly SIMD')
  return stretch
}

const plain = (length: number, spare = 0) => plainStretch(length, spare)

function awkward(draws: Random, length: number): Float32Array {
  return Float32Array.from({ length }, () => awkwardValue(draws))
}

function weighting(draws: Random, maxElement = 1024): Weighting {
  const coefficient = quantiseCoefficient(draws.next() < 0.5 ? draws.uniform(0.001, 5000) : 1 + draws.int(1_000_000))
  return { coefficient, step: makeGrid(coefficient * (4 + 4 * draws.next()), 1024).step, maxElement }
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
  it.each(LENGTHS)('A1: give the same bits, and nearly the same norm, for %i awkward values', (length) => {
    const draws = random(length, 'kernel')
    const [fast, slow] = [simd(length), plain(length)]
    for (let update = 0; update < 3; update++) {
      const values = awkward(draws, length)
      const weights = weighting(draws)
      const [about, exact, again] = [newTrace(), newTrace(), newTrace()]
      expect(fast.add(0, values, weights, about)).toBe(true)
      expect(slow.add(0, values, weights, exact)).toBe(true)
      const error = Math.abs(about.squares - exact.squares)
      expect(error).toBeLessThanOrEqual(exact.squares * SQUARES_MARGIN + length * SQUARES_LOST)
      expect(about.checksum).toBe(exact.checksum)
      fast.add(0, values, weights, again)
      slow.add(0, values, weights, exact)
      expect(again).toEqual(about)
      // Reading makes numbers of the sums, and adding integers again.
      if (update === 1) expect(sameBits(fast.sums, slow.sums)).toBe(true)
    }
    expect(sameBits(fast.sums, slow.sums)).toBe(true)
    expect(fast.sums.some((sum) => Object.is(sum, -0))).toBe(false)
  })

  it('A1: round halves to even alike', () => {
    const values = Float32Array.of(0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 0.51, -0.51, 3)
    for (const stretch of [simd(9), plain(9)]) {
      stretch.add(0, values, { coefficient: 1, step: 1, maxElement: 1024 }, newTrace())
      expect([...stretch.sums]).toEqual([0, 2, 2, 0, -2, 0, 1, -1, 3])
    }
  })

  it('A1: are exact up to the grid’s end, 2⁵¹, in both directions', () => {
    const { step } = makeGrid(4, 1024)
    const values = Float32Array.of(1024, -1024, 1023.9999389648438, -1024)
    for (const stretch of [simd(4), plain(4)]) {
      for (let k = 0; k < 4; k++) stretch.add(0, values, { coefficient: 1, step, maxElement: 1024 }, newTrace())
      expect([...stretch.sums]).toEqual([2 ** 51, -(2 ** 51), 2 ** 51 - 2 ** 27, -(2 ** 51)])
    }
  })

  it('A1: write where they are told, and nowhere else', () => {
    const draws = random(3, 'kernel')
    const length = 2 * TILE_ELEMENTS + 9
    const [fast, slow] = [simd(length), plain(length)]
    const weights = weighting(draws)
    for (const tile of [1, 2, 1]) {
      const values = awkward(draws, tile === 2 ? 9 : TILE_ELEMENTS)
      fast.add(tile, values, weights, newTrace())
      slow.add(tile, values, weights, newTrace())
    }
    expect(sameBits(fast.sums, slow.sums)).toBe(true)
    expect(fast.sums.subarray(0, TILE_ELEMENTS).every((sum) => Object.is(sum, 0))).toBe(true)
    expect(() => fast.add(2, new Float32Array(10), weights, newTrace())).toThrow(RangeError)
  })

  it.each(LENGTHS)('A1: take away what they added, to the very bits, from %i sums', (length) => {
    const draws = random(length, 'undo')
    for (const stretch of [simd(length), plain(length)]) {
      stretch.add(0, awkward(draws, length), weighting(draws), newTrace())
      const before = stretch.sums.slice()
      const values = awkward(draws, length)
      const weights = weighting(draws)
      const [added, taken] = [newTrace(), newTrace()]
      stretch.add(0, values, weights, added)
      stretch.subtract(0, values, weights, taken)
      expect(taken).toEqual(added)
      expect(sameBits(stretch.sums, before)).toBe(true)
      stretch.subtract(0, values, weights, newTrace())
      stretch.add(0, values, weights, newTrace())
      expect(sameBits(stretch.sums, before)).toBe(true)
    }
  })

  it('A1: leave a trace that tells any two readings apart by a bit, and by a sign', () => {
    const draws = random(4, 'trace')
    const values = awkward(draws, 5000)
    for (const stretch of [simd(5000), plain(5000)]) {
      const trace = newTrace()
      stretch.add(0, values, weighting(draws), trace)
      for (let bit = 0; bit < 32; bit++) {
        const other = values.slice()
        const words = new Uint32Array(other.buffer)
        const at = draws.int(words.length)
        words[at] = (words[at] as number) ^ (1 << bit)
        const again = newTrace()
        const taken = stretch.subtract(0, other, weighting(draws), again)
        expect(taken && again.checksum === trace.checksum).toBe(false)
      }
    }
  })

  it('A1: change nothing where the values are not a tile’s', () => {
    for (const stretch of [simd(4), plain(4)]) {
      stretch.add(0, Float32Array.of(1, 2, 3, 4), { coefficient: 1, step: 1, maxElement: 9 }, newTrace())
      const short = new Float32Array(5)
      for (const pass of ['add', 'subtract'] as const) {
        expect(() => stretch[pass](0, short, { coefficient: 1, step: 1, maxElement: 9 }, newTrace())).toThrow(
          RangeError,
        )
      }
      expect([...stretch.sums]).toEqual([1, 2, 3, 4])
      stretch.clear()
      expect([...stretch.sums]).toEqual([0, 0, 0, 0])
    }
  })

  it.each(LENGTHS)('A1: add %i values where they lie, whatever lies behind them', (length) => {
    const draws = random(length, 'place')
    const slot = slotElements(length)
    for (const stretch of [simd(length, 3 * slot), plain(length, 3 * slot)]) {
      const reference = plain(length)
      const places = [stretch.room, stretch.spare.subarray(slot), stretch.spare.subarray(2 * slot)]
      for (const place of places) place.fill(77)
      for (const place of places) {
        const values = awkward(draws, length)
        const weights = weighting(draws)
        place.set(values)
        stretch.add(0, place.subarray(0, length), weights, newTrace())
        reference.add(0, values, weights, newTrace())
        expect(place.subarray(0, length)).toEqual(values)
      }
      expect(sameBits(stretch.sums, reference.sums)).toBe(true)
      expect(places.at(-1)?.length).toBe(slot)
    }
  })
})

describe('U1: an element that is not finite or too large', () => {
  it.each(BAD)(
    'U1: %d is refused at any place, and nothing stays added',
    (bad) => {
      const draws = random(String(bad), 'bad')
      for (const length of LENGTHS) {
        const values = awkward(draws, length)
        values[draws.int(length)] = bad
        for (const stretch of [simd(length), plain(length)]) {
          stretch.add(0, awkward(draws, length), weighting(draws), newTrace())
          const before = stretch.sums.slice()
          expect(stretch.add(0, values, weighting(draws), newTrace())).toBe(false)
          expect(sameBits(stretch.sums, before)).toBe(true)
          expect(stretch.subtract(0, values, weighting(draws), newTrace())).toBe(false)
          expect(sameBits(stretch.sums, before)).toBe(true)
        }
      }
    },
    30_000,
  )

  it('U1: whatever its bits are, nothing stays added, and however often the kernel ran before', () => {
    // NaNs with and without payload, quiet and signalling: what is taken away must be what was added, bit for bit.
    const patterns = Uint32Array.of(0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff, 0x7fa5a5a5)
    const values = new Float32Array(4096)
    const draws = random(5, 'nan')
    const stretch = simd(values.length)
    stretch.add(0, awkward(draws, values.length), weighting(draws), newTrace())
    const before = stretch.sums.slice()
    for (let k = 0; k < 2000; k++) {
      const raw = new Uint32Array(values.buffer)
      for (let i = 0; i < 64; i++) raw[draws.int(raw.length)] = patterns[i % patterns.length] as number
      expect(stretch.add(0, values, weighting(draws), newTrace())).toBe(false)
    }
    expect(sameBits(stretch.sums, before)).toBe(true)
  })

  it.each([1024, 0.1, 1e-45, 3.4028234663852886e38, 1e300])('U1: the bound %d is met exactly', (bound) => {
    const inside = Math.min(Math.fround(bound) <= bound ? Math.fround(bound) : below(bound), 3.4028234663852886e38)
    const outside = inside === 3.4028234663852886e38 ? Infinity : above(inside)
    const weights = { coefficient: 1, step: makeGrid(1, bound).step, maxElement: bound }
    for (const stretch of [simd(2), plain(2)]) {
      expect(stretch.add(0, Float32Array.of(inside, -inside), weights, newTrace())).toBe(true)
      expect(stretch.add(0, Float32Array.of(0, -outside), weights, newTrace())).toBe(false)
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
