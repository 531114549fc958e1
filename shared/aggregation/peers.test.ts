/** Faults of other systems in the arithmetic of a round; what they did to a whole job is in e2e/faults/histories-peers. */
import { describe, expect, it } from 'vitest'
import { random } from '../random/random.ts'
import { FlatParams } from '../tensors/flat.ts'
import { sameBits, values } from '../tensors/testing.ts'
import { inMemory } from '../updates/source.ts'
import { addUpdate } from './add-update.ts'
import { makeGrid } from './grid.ts'
import { sgdServerOptimizer } from './server-optimizer.ts'
import { awkwardContribution, update, vector } from './testing.ts'
import { WeightedMean } from './weighted-mean.ts'

const ATTEMPT = { job: 'digits-1', round: 1, attempt: 1 }
const LIMITS = { maxElement: 1024, maxNorm: 10_000 }
const NO_STATISTICS: never[] = []

/** The mean of these changes, each with its number of examples. */
function mean(...terms: readonly (readonly [examples: number, change: FlatParams])[]): FlatParams {
  const total = terms.reduce((n, [examples]) => n + examples, 0)
  const sums = new WeightedMean(ATTEMPT, makeGrid(total, LIMITS.maxElement), terms[0]?.[1].length ?? 0)
  terms.forEach(([examples, change], k) => {
    sums.add({ taskId: `t${k}`, coefficient: examples, update: update(change, examples) })
  })
  return sums.finish()
}

describe('DISCO', () => {
  it('full weights, not differences: the mean is added to the model, and a mean of zeros leaves its bits', () => {
    const draws = random(1, 'model')
    const weights = awkwardContribution(draws, 'model', 1, 500).update.params as FlatParams
    // Of the two zeros only the usual one occurs in a model.
    for (const tile of weights.tiles) for (let i = 0; i < tile.length; i++) if (tile[i] === 0) tile[i] = 0
    const { step } = sgdServerOptimizer(1)
    const zeros = FlatParams.zeros(500)
    expect(sameBits(step(weights, mean([3, zeros], [7, zeros]), NO_STATISTICS), weights)).toBe(true)
    expect(values(step(vector(1, -2, 0.5), mean([3, vector(0.25, 0.25, -1)]), NO_STATISTICS))).toEqual([
      1.25, -1.75, -0.5,
    ])
  })

  it('unweighted mean: 1 and 9 examples weigh one tenth and nine tenths', () => {
    const [value] = values(mean([1, vector(0)], [9, vector(1)]))
    expect(value).toBe(Math.fround(0.9))
  })
})

describe('FLARE', () => {
  it('an update without staleness weighs 0.5: alone it is the mean, and beside others it weighs its examples', () => {
    expect(values(mean([7, vector(0.75, -3)]))).toEqual([0.75, -3])
    expect(values(mean([1, vector(1, 0)], [1, vector(0, 1)], [2, vector(0, 0)]))).toEqual([0.25, 0.25])
  })
})

describe('Flower', () => {
  it('a norm of zero divides by zero: an update of zeros counts, and the mean is a number', async () => {
    const sums = new WeightedMean(ATTEMPT, makeGrid(10, LIMITS.maxElement), 3)
    const turns = { giveWay: async () => {} }
    const zeros = inMemory(FlatParams.zeros(3))
    expect(await addUpdate(sums, { taskId: 'still', coefficient: 4 }, zeros, LIMITS, turns)).toBe('added')
    expect(values(sums.finish())).toEqual([0, 0, 0])
    const moved = inMemory(vector(1, 0, -1))
    expect(await addUpdate(sums, { taskId: 'moved', coefficient: 4 }, moved, LIMITS, turns)).toBe('added')
    expect(values(sums.finish())).toEqual([0.5, 0, -0.5])
    expect(sums.totalCoefficient).toBe(8)
  })
})
