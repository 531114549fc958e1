import { describe, expect, it } from 'vitest'
import { TributaryError } from '../errors/error.ts'
import { random } from '../random/random.ts'
import { type FlatParams, TILE_ELEMENTS } from '../tensors/flat.ts'
import { numbered, sameBits } from '../tensors/testing.ts'
import { inMemory, type UpdateSource } from '../updates/source.ts'
import { addUpdate, type Turns } from './add-update.ts'
import { makeGrid } from './grid.ts'
import { plainStretch } from './kernel/plain.ts'
import { awkwardContribution, update, vector } from './testing.ts'
import { WeightedMean } from './weighted-mean.ts'

const ATTEMPT = { job: 'digits-1', round: 3, attempt: 4 }
const GRID = makeGrid(10_000, 65_536)
const LIMITS = { maxElement: 40_000, maxNorm: 1e9 }
const THREE_TILES = 2 * TILE_ELEMENTS + 1003

/** A source read piece by piece, as from a disk: its one buffer holds another tile at each step. */
function spilled(params: FlatParams, fail: (reading: number, tile: number) => boolean = () => false): UpdateSource {
  let readings = 0
  return {
    length: params.length,
    async *tiles() {
      const reading = readings++
      const buffer = new Float32Array(TILE_ELEMENTS)
      for (const [t, tile] of params.tiles.entries()) {
        await Promise.resolve()
        if (fail(reading, t)) throw new Error('the disk failed')
        buffer.set(tile)
        yield buffer.subarray(0, tile.length)
        buffer.fill(Number.NaN)
      }
    },
  }
}

/** Counts the turns given away. */
function turns(more: Partial<Turns> = {}): Turns & { given: number } {
  const counter = {
    given: 0,
    giveWay: async () => {
      counter.given++
    },
    ...more,
  }
  return counter
}

function meanOf(length: number, plain = false): WeightedMean {
  const mean = new WeightedMean(ATTEMPT, GRID, length, plain ? { makeStretch: plainStretch } : undefined)
  mean.add({ taskId: 'a', coefficient: 7.5, update: update(numbered(length, 1)) })
  return mean
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (thrown) {
    if (thrown instanceof TributaryError) return `${thrown.code}: ${thrown.message}`
    throw thrown
  }
  throw new Error('nothing was thrown')
}

describe('A1: an update that is added tile by tile', { timeout: 30_000 }, () => {
  it('A1: gives the bits of one added at once, from memory and from a disk, by SIMD and by plain JavaScript', async () => {
    const other = numbered(THREE_TILES, 2)
    const atOnce = meanOf(THREE_TILES)
    atOnce.add({ taskId: 'b', coefficient: 3, update: update(other) })
    const expected = atOnce.finish()
    for (const plain of [false, true]) {
      for (const source of [inMemory(other), spilled(other)]) {
        const mean = meanOf(THREE_TILES, plain)
        const waiting = turns()
        expect(await addUpdate(mean, { taskId: 'b', coefficient: 3 }, source, LIMITS, waiting)).toBe('added')
        expect(waiting.given).toBe(2)
        expect(sameBits(mean.finish(), expected)).toBe(true)
        expect(mean.taskIds).toEqual(new Set(['a', 'b']))
        expect(mean.totalCoefficient).toBe(10.5)
      }
    }
  })

  it('gives no turn away for a single tile, and tells in the same turn that it counts', async () => {
    const mean = meanOf(5)
    const counted: unknown[] = []
    const waiting = turns({ onCounted: () => counted.push([...mean.taskIds]) })
    await addUpdate(mean, { taskId: 'b', coefficient: 1 }, inMemory(vector(1, 2, 3, 4, 5)), LIMITS, waiting)
    expect(waiting.given).toBe(0)
    expect(counted).toEqual([['a', 'b']])
  })
})

describe('A1, U1: an update that does not count leaves no trace', { timeout: 30_000 }, () => {
  const bad: [string, number, typeof LIMITS, string][] = [
    ['NaN', Number.NaN, LIMITS, 'update/not-finite: Element AT of the update is NaN. The training diverged'],
    ['an infinity', -Infinity, LIMITS, 'update/not-finite: Element AT of the update is -Infinity.'],
    ['too large', 40_001, LIMITS, 'update/out-of-bounds: Element AT of the update is 40001; this job accepts up to ±4'],
    ['a norm', 5, { ...LIMITS, maxNorm: 10 }, "update/norm: The update's norm is "],
  ]

  it.each(bad)(
    'U1: %s in any tile',
    async (_, value, limits, sentence) => {
      for (const at of [0, TILE_ELEMENTS + 200_000, 2 * TILE_ELEMENTS + 1002]) {
        const params = numbered(THREE_TILES, 3)
        params.write(at, Float32Array.of(value))
        const mean = meanOf(THREE_TILES)
        const before = mean.partial()
        const source = spilled(params)
        const said = await refusal(addUpdate(mean, { taskId: 'b', coefficient: 2 }, source, limits, turns()))
        expect(said).toMatch(sentence.replace('AT', String(at)))
        expectSame(mean, before)
      }
    },
    30_000,
  )

  it('U1: a norm just at its limit is measured exactly, and counts', async () => {
    const params = vector(3, 4)
    for (const [maxNorm, verdict] of [
      [5, 'added'],
      [4.9999, /^update\/norm: The update's norm is 5.000; this job accepts up to 4.9999/],
    ] as const) {
      const mean = meanOf(2)
      const adding = addUpdate(mean, { taskId: 'b', coefficient: 2 }, spilled(params), { ...LIMITS, maxNorm }, turns())
      if (typeof verdict === 'string') expect(await adding).toBe(verdict)
      else expect(await refusal(adding)).toMatch(verdict)
    }
  })

  it('U1: an update whose norm is measured is the one that was added', async () => {
    const mean = meanOf(3)
    let readings = 0
    const lying = { length: 3, tiles: () => [readings++ === 1 ? Float32Array.of(0, 0, 0) : Float32Array.of(9, 9, 9)] }
    const adding = addUpdate(mean, { taskId: 'b', coefficient: 1 }, lying, { ...LIMITS, maxNorm: 10 }, turns())
    await expect(adding).rejects.toThrow('reads otherwise the second time')
  })

  it('U1: an update that must be measured may be stopped then, and a disk may fail then', async () => {
    const params = numbered(THREE_TILES, 3)
    const limits = { ...LIMITS, maxNorm: 10 }
    const counting = { taskId: 'b', coefficient: 2 }
    const mean = meanOf(THREE_TILES)
    const before = mean.partial()
    let asked = 0
    // Three tiles are added before the first is measured.
    const waiting = turns({ keepGoing: () => asked++ < 4 })
    expect(await addUpdate(mean, counting, spilled(params), limits, waiting)).toBe('stopped')
    expectSame(mean, before)
    const failing = spilled(params, (reading, tile) => reading === 1 && tile === 2)
    await expect(addUpdate(mean, counting, failing, limits, turns())).rejects.toThrow('the disk failed')
    expectSame(mean, before)
  })

  it('A1: stopped before any tile, or before the end', async () => {
    const params = numbered(THREE_TILES, 3)
    for (let stopAt = 0; stopAt <= 3; stopAt++) {
      const mean = meanOf(THREE_TILES)
      const before = mean.partial()
      let asked = 0
      const keepGoing = () => (stopAt % 2 ? Promise.resolve(asked++ !== stopAt) : asked++ !== stopAt)
      const waiting = turns({ keepGoing })
      expect(await addUpdate(mean, { taskId: 'b', coefficient: 2 }, spilled(params), LIMITS, waiting)).toBe('stopped')
      expect(asked).toBe(stopAt + 1)
      expectSame(mean, before)
      // The same task may be offered again.
      expect(await addUpdate(mean, { taskId: 'b', coefficient: 2 }, inMemory(params), LIMITS, turns())).toBe('added')
    }
  })

  it('A1: a source that fails in the middle', async () => {
    const mean = meanOf(THREE_TILES)
    const before = mean.partial()
    const source = spilled(numbered(THREE_TILES, 3), (reading, tile) => reading === 0 && tile === 2)
    const adding = addUpdate(mean, { taskId: 'b', coefficient: 2 }, source, LIMITS, turns())
    await expect(adding).rejects.toThrow('the disk failed')
    expectSame(mean, before)
  })

  it('A1: after a source that cannot be read again nothing can be had from the sums until they are reset', async () => {
    const mean = meanOf(THREE_TILES)
    const source = spilled(numbered(THREE_TILES, 3), (reading, tile) => tile === 2 || (reading === 1 && tile === 1))
    const adding = addUpdate(mean, { taskId: 'b', coefficient: 2 }, source, LIMITS, turns())
    await expect(adding).rejects.toThrow('the disk failed')
    for (const use of [() => mean.finish(), () => mean.partial()]) expect(use).toThrow('an update is being added')
    mean.reset(ATTEMPT, GRID)
    expect(mean.partial().sums.every((tile) => tile.every((sum) => sum === 0))).toBe(true)
  })

  it('A1: a source that reads otherwise the second time is noticed', async () => {
    const mean = meanOf(THREE_TILES)
    const [first, second] = [numbered(THREE_TILES, 3), numbered(THREE_TILES, 4)]
    let readings = 0
    const source = {
      length: THREE_TILES,
      *tiles() {
        yield* (readings++ === 0 ? first : second).tiles.slice(0, 1)
      },
    }
    const adding = addUpdate(mean, { taskId: 'b', coefficient: 2 }, source, LIMITS, turns())
    await expect(adding).rejects.toThrow('reads otherwise the second time')
    expect(() => mean.finish()).toThrow('an update is being added')
  })

  it('A1: random updates, some of them taken out again, sum up like the others alone', async () => {
    const draws = random(5, 'undo')
    const length = 5003
    const grid = makeGrid(1e9, 1024)
    const limits = { maxElement: 1024, maxNorm: 1e9 }
    const [some, others] = [new WeightedMean(ATTEMPT, grid, length), new WeightedMean(ATTEMPT, grid, length)]
    for (let k = 0; k < 60; k++) {
      const contribution = awkwardContribution(draws, `t${k}`, draws.uniform(0.01, 1e6), length)
      const params = contribution.update.params as FlatParams
      const stops = draws.next() < 0.5
      const asked = { left: stops ? draws.int(2) : 9 }
      const keepGoing = () => asked.left-- > 0
      const end = await addUpdate(some, contribution, spilled(params), limits, turns({ keepGoing }))
      expect(end).toBe(stops ? 'stopped' : 'added')
      if (!stops) others.add(contribution)
    }
    expect(some.partial()).toEqual(others.partial())
  })
})

describe('one adding at a time', () => {
  const counting = { taskId: 'b', coefficient: 1 }

  it('everything but the open adding and a reset is refused meanwhile', () => {
    const mean = meanOf(3)
    const partial = mean.partial()
    const adding = mean.begin(counting, LIMITS)
    const uses = [
      () => mean.begin({ taskId: 'c', coefficient: 1 }, LIMITS),
      () => mean.add({ taskId: 'c', coefficient: 1, update: update(vector(1, 2, 3)) }),
      () => mean.merge(partial),
      () => mean.partial(),
      () => mean.finish(),
    ]
    for (const use of uses) expect(use).toThrow('an update is being added')
    adding.tile(Float32Array.of(1, 2, 3))
    expect(() => adding.abandon()).toThrow('1 tiles are still held')
    adding.finish()
    expect(mean.taskIds.has('b')).toBe(true)
    expect(() => adding.tile(Float32Array.of(1, 2, 3))).toThrow('has ended')
    expect(() => adding.finish()).toThrow('has ended')
  })

  it('R4: a task id that counts cannot begin again; nor may coefficients exceed N, or elements the grid', () => {
    const mean = meanOf(3)
    expect(() => mean.begin({ taskId: 'a', coefficient: 1 }, LIMITS)).toThrow('task a was counted before')
    expect(() => mean.begin({ taskId: 'b', coefficient: 10_000 }, LIMITS)).toThrow('add up to more than')
    for (const maxElement of [70_000, 0, -1, Number.NaN]) {
      expect(() => mean.begin(counting, { ...LIMITS, maxElement })).toThrow('on a grid for up to 65536')
    }
  })

  it('an update of another length, a tile of another length or too few tiles', async () => {
    const mean = meanOf(3)
    const before = mean.partial()
    await expect(addUpdate(mean, counting, inMemory(vector(1)), LIMITS, turns())).rejects.toThrow('1 elements for sums')
    const lying = { length: 3, tiles: () => [Float32Array.of(1, 2)] }
    await expect(addUpdate(mean, counting, lying, LIMITS, turns())).rejects.toThrow('a tile of 2 elements for one of 3')
    const empty = { length: 3, tiles: () => [] }
    await expect(addUpdate(mean, counting, empty, LIMITS, turns())).rejects.toThrow('0 tiles are not the whole update')
    expectSame(mean, before)
  })

  it('a reset ends it, and begins another attempt on another grid', async () => {
    const mean = meanOf(3)
    const adding = mean.begin(counting, LIMITS)
    adding.tile(Float32Array.of(1, 2, 3))
    const [identity, grid] = [{ ...ATTEMPT, attempt: 5 }, makeGrid(20, 1024)]
    mean.reset(identity, grid)
    expect(adding.held).toBe(0)
    expect(() => adding.tile(Float32Array.of(1, 2, 3))).toThrow('has ended')
    adding.abandon()
    expect(mean.partial()).toEqual(new WeightedMean(identity, grid, 3).partial())
    mean.add({ taskId: 'a', coefficient: 2, update: update(vector(1, 2, 3)) })
    expect(sameBits(mean.finish(), vector(1, 2, 3))).toBe(true)
  })
})

function expectSame(mean: WeightedMean, before: ReturnType<WeightedMean['partial']>): void {
  const { sums, ...head } = mean.partial()
  const { sums: sumsBefore, ...headBefore } = before
  expect(head).toEqual(headBefore)
  const bits = (tile: Float64Array) => new BigUint64Array(tile.slice().buffer)
  sums.forEach((tile, t) => {
    const expected = bits(sumsBefore[t] as Float64Array)
    expect(bits(tile).every((value, i) => value === expected[i])).toBe(true)
  })
}
