import { describe, expect, it } from 'vitest'
import { makeGrid } from '../aggregation/grid.ts'
import { WeightedMean } from '../aggregation/weighted-mean.ts'
import { TributaryError } from '../errors/error.ts'
import { FlatParams, TILE_ELEMENTS } from '../tensors/flat.ts'
import { checkExamples } from './check.ts'
import type { FLModel } from './fl-model.ts'

const LIMITS = { maxElement: 1024, maxNorm: 2000, declaredExamples: 100 }

function update(values: readonly number[], numExamples = 100): FLModel {
  return { paramsType: 'diff', params: FlatParams.concat([Float32Array.from(values)]), numExamples, metrics: {} }
}

/** As an update is checked on its way into the sums. */
function check({ params, numExamples }: FLModel, limits: typeof LIMITS): void {
  checkExamples(numExamples, limits.declaredExamples)
  if (!params) return
  const sums = new WeightedMean({ job: 'j', round: 1, attempt: 1 }, makeGrid(1, LIMITS.maxElement), params.length)
  const adding = sums.begin({ taskId: 't', coefficient: 1 }, limits)
  for (const tile of params.tiles) adding.tile(tile)
  if (!adding.isProven) for (const tile of params.tiles) adding.measure(tile)
  adding.finish()
}

/** Code and sentence of the refusal, or "accepted". */
function verdict(model: FLModel, limits = LIMITS): string {
  try {
    check(model, limits)
    return 'accepted'
  } catch (thrown) {
    if (thrown instanceof TributaryError) return `${thrown.code}: ${thrown.message}`
    throw thrown
  }
}

describe('U1: an update is checked before it counts', () => {
  it('U1: accepts what lies within all bounds, and exactly on them', () => {
    expect(verdict(update([0, -0, 1e-45, 1024, -1024]))).toBe('accepted')
    expect(verdict(update([3, 4]), { ...LIMITS, maxNorm: 5 })).toBe('accepted')
    expect(verdict(update([1], 1))).toBe('accepted')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('U1: refuses %d as not finite', (value) => {
    expect(verdict(update([0, 1, value, 2]))).toMatch(
      `update/not-finite: Element 2 of the update is ${value}. The training diverged`,
    )
  })

  it.each([1024.0001220703125, -1025, 3.4e38])('U1: refuses %d as out of bounds', (value) => {
    expect(verdict(update([value]))).toMatch(/^update\/out-of-bounds: Element 0 .* accepts up to ±1024\.$/)
  })

  it('U1: refuses a norm beyond the limit, though every element is within its own', () => {
    expect(verdict(update([1000, 1000, 1000, 1000, 1]))).toMatch(/^update\/norm: .* is 2000; .* up to 2000\.$/)
    // Squares that float32 cannot hold, or only in part.
    const wide = { ...LIMITS, maxElement: 1e-20, maxNorm: 1e-20 }
    expect(verdict(update([1e-20, 1e-21]), wide)).toMatch(/^update\/norm/)
    expect(verdict(update([1e-21, 1e-24]), wide)).toBe('accepted')
  })

  it.each([0, -5, 101, Number.NaN, 99.5])('U1: refuses %d examples of 100 declared', (numExamples) => {
    expect(verdict(update([1], numExamples))).toMatch(
      `update/examples: The update says that it was trained on ${numExamples} `,
    )
    expect(verdict({ ...update([], numExamples), params: null })).toMatch('update/examples')
  })

  it('U1: finds a bad element in the second tile, and says where', () => {
    const params = FlatParams.zeros(TILE_ELEMENTS + 3)
    params.write(TILE_ELEMENTS + 1, Float32Array.of(Number.NaN))
    expect(verdict({ ...update([]), params })).toMatch(`update/not-finite: Element ${TILE_ELEMENTS + 1} `)
  })

  it('accepts an answer without parameters', () => {
    expect(verdict({ paramsType: 'none', params: null, numExamples: 1, metrics: {} })).toBe('accepted')
  })
})
