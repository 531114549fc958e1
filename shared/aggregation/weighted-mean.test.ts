import { describe, expect, it } from 'vitest'
import { type Random, random } from '../random/random.ts'
import { FlatParams, TILE_ELEMENTS } from '../tensors/flat.ts'
import { sameBits, values } from '../tensors/testing.ts'
import type { Contribution } from './aggregator.ts'
import { type Grid, makeGrid, quantiseCoefficient } from './grid.ts'
import { decodePartialTile, encodePartialTile, joinPartialTiles, type Partial } from './partial.ts'
import { awkwardContribution, distanceFromMean, roundToGrid, scaledProduct, update, vector } from './testing.ts'
import { WeightedMean } from './weighted-mean.ts'

const ATTEMPT = { job: 'digits-1', round: 3, attempt: 4 }
const ORDERS = 100

/** Coefficients from a fraction to a million examples. */
function coefficients(draws: Random, count: number): number[] {
  const all = Array.from({ length: count }, (_, k) => {
    if (k === 0) return 1e6
    if (k === 1) return 1
    return k % 2 ? 1 + draws.int(1_000_000) : draws.uniform(0.001, 5000)
  })
  return all
}

function gridFor(contributions: readonly Contribution[]): Grid {
  return makeGrid(
    contributions.reduce((n, c) => n + quantiseCoefficient(c.coefficient), 0),
    1024,
  )
}

/** Over the wire: every tile as bytes, in any order. */
function travel(partial: Partial, draws: Random): Partial {
  const tiles = partial.sums.map((_, index) => encodePartialTile(partial, index))
  return joinPartialTiles(shuffled(draws, tiles).map((bytes) => decodePartialTile(bytes)))
}

function shuffled<T>(draws: Random, items: readonly T[]): T[] {
  return [...draws.permutation(items.length)].map((i) => items[i] as T)
}

/** Adds up in a random order, some of it in partials of a random tree. */
function gather(draws: Random, contributions: readonly Contribution[], grid: Grid, length: number): WeightedMean {
  const mean = new WeightedMean(ATTEMPT, grid, length)
  const order = shuffled(draws, contributions)
  for (let at = 0; at < order.length; ) {
    const size = 1 + draws.int(order.length - at)
    const group = order.slice(at, at + size)
    at += size
    const [only] = group
    if (group.length === 1 && only && draws.next() < 0.7) mean.add(only)
    else if (group.length === order.length) for (const contribution of group) mean.add(contribution)
    else mean.merge(travel(gather(draws, group, grid, length).partial(), draws))
  }
  return mean
}

describe('A1, A3: the weighted mean', () => {
  it(`A1: has the same bits in ${ORDERS} random orders of arrival and trees of partials`, () => {
    const draws = random(1, 'orders')
    const length = 257
    const weights = coefficients(draws, 12)
    const contributions = weights.map((c, k) => awkwardContribution(draws, `t${k}`, c, length))
    const grid = gridFor(contributions)
    const inOrder = new WeightedMean(ATTEMPT, grid, length)
    for (const contribution of contributions) inOrder.add(contribution)
    const expected = inOrder.finish()
    let differs = false
    for (let run = 0; run < ORDERS; run++) {
      const mean = gather(draws, contributions, grid, length)
      expect(sameBits(mean.finish(), expected)).toBe(true)
      expect(mean.totalCoefficient).toBe(inOrder.totalCoefficient)
      expect(mean.taskIds).toEqual(inOrder.taskIds)
      differs ||= !sameBits(naiveSum(shuffled(draws, contributions), length), naiveSum(contributions, length))
    }
    expect(differs, 'values on which plain sums of floats do not differ would prove nothing').toBe(true)
  })

  it('A1: has the same bits in every order where the vector spans two tiles', () => {
    const draws = random(2, 'tiles')
    const length = TILE_ELEMENTS + 1003
    const contributions = [3, 0.7, 250_000].map((c, k) => awkwardContribution(draws, `t${k}`, c, length))
    const grid = gridFor(contributions)
    const inOrder = new WeightedMean(ATTEMPT, grid, length)
    for (const contribution of contributions) inOrder.add(contribution)
    const expected = inOrder.finish()
    expect(
      values(expected)
        .slice(-1003)
        .some((x) => x !== 0),
    ).toBe(true)
    const [a, b, c] = contributions as [Contribution, Contribution, Contribution]
    const pair = new WeightedMean(ATTEMPT, grid, length)
    pair.add(c)
    pair.add(a)
    const mean = new WeightedMean(ATTEMPT, grid, length)
    mean.add(b)
    mean.merge(travel(pair.partial(), draws))
    expect(sameBits(mean.finish(), expected)).toBe(true)
  }, 20_000)

  it('A1: is that of whole numbers on the grid, divided and rounded once', () => {
    const { contributions, grid, mean } = awkwardMean(3)
    const total = contributions.reduce((n, c) => n + quantiseCoefficient(c.coefficient), 0)
    values(mean).forEach((value, i) => {
      const sum = terms(contributions, i).reduce((n, [c, x]) => n + roundToGrid(c * x, grid.step), 0n)
      expect(sum < 2n ** 52n && sum > -(2n ** 52n)).toBe(true)
      expect(value).toBe(Math.fround((Number(sum) * grid.step) / total))
    })
  })

  it('A3: is Σ cₖΔₖ / Σ cₖ to within ¾ of a grid step a client and the rounding to float32', () => {
    for (let seed = 10; seed < 20; seed++) {
      const { contributions, grid, mean } = awkwardMean(seed)
      const total = contributions.reduce((n, c) => n + quantiseCoefficient(c.coefficient), 0)
      const clients = contributions.length
      values(mean).forEach((value, i) => {
        // All in units of (error · Σ cₖ): the grid's share, then half a unit in the last place of a float32, and of
        // the float64 quotient before it.
        const rounding = Math.max(Math.abs(value) * (2 ** -24 + 2 ** -52), 2 ** -150)
        const allowed = scaledProduct(0.75 * clients, grid.step) + scaledProduct(rounding * (1 + 2 ** -20), total)
        expect(distanceFromMean(value, terms(contributions, i)) <= allowed).toBe(true)
      })
    }
  })

  it('A1: no sum leaves 2⁵³, with every client at the bound and coefficients adding up to N', () => {
    const contributions = [999_999, 0.3, 12_345.678, 1].map((coefficient, k) => ({
      taskId: `t${k}`,
      coefficient,
      update: update(vector(1024, -1024)),
    }))
    const grid = gridFor(contributions)
    const mean = new WeightedMean(ATTEMPT, grid, 2)
    for (const contribution of contributions) mean.add(contribution)
    expect(mean.totalCoefficient).toBe(grid.totalCoefficient)
    for (const sum of mean.partial().sums[0] as Float64Array) {
      expect(Math.abs(sum)).toBeGreaterThan(2 ** 50)
      expect(Math.abs(sum)).toBeLessThanOrEqual(2 ** 51 + 2)
      expect(Number.isSafeInteger(sum)).toBe(true)
    }
    expect(values(mean.finish())).toEqual([1024, -1024])
  })

  it('A3: of K equal clients is their update', () => {
    const delta = vector(0.5, -3.25, 2 ** -20, 1024, 0, -1000.5)
    for (const count of [1, 2, 3, 7, 30]) {
      const grid = makeGrid(600 * count, 1024)
      const mean = new WeightedMean(ATTEMPT, grid, delta.length)
      for (let k = 0; k < count; k++) mean.add({ taskId: `t${k}`, coefficient: 600, update: update(delta) })
      expect(sameBits(mean.finish(), delta)).toBe(true)
    }
  })

  it('A3: weighs by examples', () => {
    const mean = new WeightedMean(ATTEMPT, makeGrid(400, 1024), 2)
    mean.add({ taskId: 'a', coefficient: 300, update: update(vector(1, -4)) })
    mean.add({ taskId: 'b', coefficient: 100, update: update(vector(5, 8)) })
    expect(values(mean.finish())).toEqual([2, -1])
  })

  it('A2: keeps nothing of the updates that it has read', () => {
    const delta = vector(1)
    const mean = new WeightedMean(ATTEMPT, makeGrid(2, 1024), 1)
    mean.add({ taskId: 'a', coefficient: 1, update: update(delta) })
    delta.write(0, Float32Array.of(9))
    expect(values(mean.finish())).toEqual([1])
  })
})

describe('what the weighted mean refuses, unchanged', () => {
  const grid = makeGrid(10, 1024)
  const one = (taskId: string, coefficient = 1): Contribution => ({ taskId, coefficient, update: update(vector(2, 4)) })
  const partialOf = (identity: typeof ATTEMPT, on: Grid, ...taskIds: string[]): Partial => {
    const other = new WeightedMean(identity, on, 2)
    for (const taskId of taskIds) other.add(one(taskId))
    return other.partial()
  }

  type Refusal = [string, (mean: WeightedMean) => void, string]
  const refusals: Refusal[] = [
    ['R4: a task id that was added before', (m) => m.add(one('a')), 'task a was counted before'],
    ['R4: a task id that was merged before', (m) => m.add(one('b')), 'task b was counted before'],
    [
      'R4: a partial with one task id that was counted',
      (m) => m.merge(partialOf(ATTEMPT, grid, 'c', 'a')),
      'task a was counted',
    ],
    [
      'R4: a partial that names a task id twice',
      (m) => m.merge({ ...partialOf(ATTEMPT, grid, 'c'), taskIds: ['c', 'c'] }),
      'counts a task twice',
    ],
    ['A1: a partial on another grid', (m) => m.merge(partialOf(ATTEMPT, makeGrid(20, 1024), 'c')), 'another grid'],
    [
      'A1: a partial of another length',
      (m) => m.merge({ ...partialOf(ATTEMPT, grid, 'c'), length: 3 }),
      'another grid',
    ],
    [
      'A1: a partial whose tiles are cut otherwise',
      (m) => m.merge({ ...partialOf(ATTEMPT, grid, 'c'), sums: [Float64Array.of(1), Float64Array.of(2)] }),
      'another grid',
    ],
    ...[Number.NaN, Infinity, 0.25, 2 ** 54].map(
      (sum): Refusal => [
        `A1: a partial with a sum of ${sum}`,
        (m) => m.merge({ ...partialOf(ATTEMPT, grid, 'c'), sums: [Float64Array.of(1, sum)] }),
        'not whole numbers',
      ],
    ),
    [
      'a partial of another attempt',
      (m) => m.merge(partialOf({ ...ATTEMPT, attempt: 5 }, grid, 'c')),
      'digits-1 round 3.5',
    ],
    [
      'a partial of another round',
      (m) => m.merge(partialOf({ ...ATTEMPT, round: 2 }, grid, 'c')),
      'digits-1 round 2.4',
    ],
    ['a partial of another job', (m) => m.merge(partialOf({ ...ATTEMPT, job: 'x' }, grid, 'c')), 'x round 3.4'],
    ['A1: coefficients that add up to more than N', (m) => m.add(one('c', 8.001)), 'add up to more than 10'],
    [
      'A1: a partial that brings them above N',
      (m) => m.merge({ ...partialOf(ATTEMPT, grid, 'c'), totalCoefficient: 9 }),
      'add up to more than 10',
    ],
    ['a coefficient of 0', (m) => m.add(one('c', 0)), 'a coefficient of 0'],
    ['a coefficient that is no number', (m) => m.add(one('c', Number.NaN)), 'a coefficient of NaN'],
    [
      'an update of another length',
      (m) => m.add({ ...one('c'), update: update(vector(1)) }),
      '1 elements for sums of 2',
    ],
    [
      'an update without parameters',
      (m) => m.add({ ...one('c'), update: { ...update(vector(1)), params: null } }),
      '0 elements',
    ],
  ]

  it.each(refusals)('%s', (_, refused, sentence) => {
    const mean = new WeightedMean(ATTEMPT, grid, 2)
    mean.add(one('a'))
    mean.merge(partialOf(ATTEMPT, grid, 'b'))
    const before = mean.partial()
    expect(() => refused(mean)).toThrow(sentence)
    expect(mean.partial()).toEqual(before)
    // It still takes what is in order, up to exactly N.
    mean.add(one('last', 8))
    expect(values(mean.finish())).toEqual([2, 4])
  })

  it('a mean of nothing', () => {
    expect(() => new WeightedMean(ATTEMPT, grid, 2).finish()).toThrow('nothing was added')
  })

  it('R4: its partial is a copy: adding goes on without changing it', () => {
    const mean = new WeightedMean(ATTEMPT, grid, 2)
    mean.add(one('a'))
    const partial = mean.partial()
    mean.add(one('b'))
    expect(partial).toEqual(partialOf(ATTEMPT, grid, 'a'))
  })
})

function awkwardMean(seed: number): { contributions: Contribution[]; grid: Grid; mean: FlatParams } {
  const draws = random(seed, 'awkward')
  const length = 64
  const contributions = coefficients(draws, 6).map((c, k) => awkwardContribution(draws, `t${k}`, c, length))
  const grid = gridFor(contributions)
  return { contributions, grid, mean: gather(draws, contributions, grid, length).finish() }
}

/** (cₖ, element i of Δₖ), as they are summed. */
function terms(contributions: readonly Contribution[], i: number): [number, number][] {
  return contributions.map(({ coefficient, update: { params } }) => [
    quantiseCoefficient(coefficient),
    params?.tiles[0]?.[i] as number,
  ])
}

/** As one would write it without rule A1. */
function naiveSum(contributions: readonly Contribution[], length: number): FlatParams {
  const sums = new Float32Array(length)
  for (const { coefficient, update: model } of contributions) {
    for (let i = 0; i < length; i++)
      sums[i] = (sums[i] as number) + coefficient * (model.params?.tiles[0]?.[i] as number)
  }
  return FlatParams.concat([sums])
}
