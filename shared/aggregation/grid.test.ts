import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accumulate, makeGrid, quantiseCoefficient, sameGrid } from './grid.ts'
import { roundToGrid } from './testing.ts'

const positive = (max: number) => fc.double({ min: 2 ** -20, max, noNaN: true })

describe('A1: the grid', () => {
  it.each([
    [1, 1024, 2 ** -41],
    [1000, 1024, 2 ** -31],
    [1024, 1024, 2 ** -31],
    [1024.5, 1024, 2 ** -30],
    [1e6, 1024, 2 ** -21],
  ])('A1: N = %d, B = %d: g = 2^(⌈log₂(N·B)⌉ − 51) = %d', (total, bound, step) => {
    expect(makeGrid(total, bound)).toEqual({ totalCoefficient: total, maxElement: bound, step })
  })

  it('A1: |Σ cₖΔᵢ| / g is at most 2⁵¹, and no coarser grid than needed is taken', () => {
    fc.assert(
      fc.property(positive(1e9), positive(2 ** 20), (total, bound) => {
        const { step } = makeGrid(total, bound)
        expect((total * bound) / step).toBeLessThanOrEqual(2 ** 51)
        expect((total * bound) / step).toBeGreaterThan(2 ** 50)
        expect(Number.isInteger(Math.log2(step))).toBe(true)
      }),
    )
  })

  it.each([
    [0, 1024],
    [-1, 1024],
    [10, 0],
    [Number.NaN, 1],
    [Number.POSITIVE_INFINITY, 1],
    [1e300, 1e300],
  ])('A1: there is none for N = %d and B = %d', (total, bound) => {
    expect(() => makeGrid(total, bound)).toThrow(RangeError)
  })

  it('is the same only where N, B and g are', () => {
    const grid = makeGrid(100, 1024)
    expect(sameGrid(grid, JSON.parse(JSON.stringify(grid)))).toBe(true)
    expect(sameGrid(grid, { ...grid, totalCoefficient: 101 })).toBe(false)
    expect(sameGrid(grid, { ...grid, maxElement: 512 })).toBe(false)
    expect(sameGrid(grid, { ...grid, step: grid.step / 2 })).toBe(false)
  })
})

describe('A1: a coefficient', () => {
  it('A1: is rounded to a multiple of 2⁻²⁰', () => {
    expect(quantiseCoefficient(600)).toBe(600)
    expect(quantiseCoefficient(0.1)).toBe(Math.round(0.1 * 2 ** 20) / 2 ** 20)
    fc.assert(
      fc.property(positive(1e9), (c) => {
        const rounded = quantiseCoefficient(c)
        expect(Number.isInteger(rounded * 2 ** 20)).toBe(true)
        expect(Math.abs(rounded - c)).toBeLessThanOrEqual(2 ** -21)
      }),
    )
  })

  it.each([0, -1, 2 ** -22, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 34])('A1: cannot be %d', (c) => {
    expect(() => quantiseCoefficient(c)).toThrow(RangeError)
  })
})

describe('A1: a weighted element', () => {
  it('A1: is rounded once to the grid, half to even', () => {
    const deltas = [0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 0.51, -0.51, 3]
    const sums = new Float64Array(deltas.length)
    accumulate(sums, Float32Array.from(deltas), 1, 1)
    expect([...sums]).toEqual([0, 2, 2, 0, -2, 0, 1, -1, 3])
    expect([...sums].some((x) => Object.is(x, -0))).toBe(false)
  })

  it('A1: is what integer arithmetic gives, for any coefficient and value within the bounds', () => {
    fc.assert(
      fc.property(positive(1e6), fc.float({ min: -1024, max: 1024, noNaN: true }), positive(4), (c, delta, slack) => {
        const coefficient = quantiseCoefficient(c)
        const { step } = makeGrid(coefficient * (1 + slack), 1024)
        const sums = new Float64Array(1)
        accumulate(sums, Float32Array.of(delta), coefficient, step)
        expect(BigInt(sums[0] as number)).toBe(roundToGrid(coefficient * delta, step))
      }),
      { numRuns: 2000 },
    )
  })
})
