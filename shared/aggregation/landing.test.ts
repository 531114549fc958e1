import { describe, expect, it } from 'vitest'
import { FlatParams, TILE_ELEMENTS } from '../tensors/flat.ts'
import { numbered, sameBits } from '../tensors/testing.ts'
import { inMemory, type UpdateSource } from '../updates/source.ts'
import { addUpdate } from './add-update.ts'
import { makeGrid } from './grid.ts'
import { plainStretch } from './kernel/plain.ts'
import type { SumsOptions } from './sums.ts'
import { WeightedMean } from './weighted-mean.ts'

const ATTEMPT = { job: 'digits-1', round: 3, attempt: 4 }
const GRID = makeGrid(10_000, 65_536)
const LIMITS = { maxElement: 40_000, maxNorm: 1e9 }
const TURNS = { giveWay: async () => {} }
/** A vector over two stretches of sums takes 64 MiB and more. */
const TWO_STRETCHES = 16 * TILE_ELEMENTS + 3

function meanOf(length: number, options?: SumsOptions): WeightedMean {
  return new WeightedMean(ATTEMPT, GRID, length, options)
}

function filled(vector: FlatParams, from: FlatParams): FlatParams {
  vector.tiles.forEach((tile, t) => tile.set(from.tiles[t] as Float32Array))
  return vector
}

/** Read from elsewhere into the room that it is given. */
function read(params: FlatParams): UpdateSource {
  return {
    length: params.length,
    async *tiles(room) {
      for (const [t, tile] of params.tiles.entries()) {
        const place = room?.(t) ?? new Float32Array(tile.length)
        place.set(tile)
        yield place
      }
    },
  }
}

describe('vectors in the sums’ own memory', () => {
  it.each([1, 9, 5000, TILE_ELEMENTS + 3])(
    'A1: updates of %i elements count alike wherever they lie',
    async (length) => {
      const options = [{}, { makeStretch: plainStretch }, { vectors: 0 }]
      const means = options.map((option) => meanOf(length, option))
      for (let k = 0; k < 4; k++) {
        const params = numbered(length, k)
        for (const mean of means) {
          const taken = mean.vectors.take()
          for (const [name, source] of [
            ['in a vector of its own', inMemory(filled(taken, params))],
            ['read', read(params)],
            ['elsewhere', inMemory(params)],
          ] as const) {
            await addUpdate(mean, { taskId: `${name} ${k}`, coefficient: 1 + k }, source, LIMITS, TURNS)
          }
          // Every other one stays taken, so that several are in use.
          if (k % 2 === 0) mean.vectors.give(taken)
        }
      }
      const [first, ...others] = means.map((mean) => mean.finish())
      for (const other of others) expect(sameBits(other, first as FlatParams)).toBe(true)
    },
  )

  it('A2: are taken again when they were given back, the last first, and are nobody else’s meanwhile', () => {
    const { vectors } = meanOf(100, { vectors: 3 })
    const [a, b, c] = [vectors.take(), vectors.take(), vectors.take()]
    const memory = a.tiles[0]?.buffer
    for (const vector of [b, c]) expect(vector.tiles[0]?.buffer).toBe(memory)
    const offsets = [a, b, c].map((vector) => vector.tiles[0]?.byteOffset ?? 0)
    expect(new Set(offsets).size).toBe(3)
    // More than there are: ordinary ones, which are not kept.
    const extra = vectors.take()
    expect(extra.tiles[0]?.buffer).not.toBe(memory)
    vectors.give(extra)
    vectors.give(b)
    vectors.give(a)
    vectors.give(a)
    expect(vectors.take()).toBe(a)
    expect(vectors.take()).toBe(b)
    expect([a, b, c, extra]).not.toContain(vectors.take())
  })

  it('A2: lie in the memory of each part where sums are held in several', async () => {
    const mean = meanOf(TWO_STRETCHES, { vectors: 2 })
    const vector = mean.vectors.take()
    expect(vector.tiles[0]?.buffer).not.toBe(vector.tiles.at(-1)?.buffer)
    const [at, x] = [TWO_STRETCHES - 2, -2.5]
    vector.write(at, Float32Array.of(x))
    await addUpdate(mean, { taskId: 'a', coefficient: 3 }, inMemory(vector), LIMITS, TURNS)
    expect([...mean.finish().read(at - 1, 3)]).toEqual([0, x, 0])
  }, 30_000)

  it('are none where they would take more memory than is meant for them', () => {
    const mean = meanOf(13_000_000)
    const [a, b] = [mean.vectors.take(), mean.vectors.take()]
    expect(a.tiles[0]?.buffer).not.toBe(b.tiles[0]?.buffer)
    expect(FlatParams.over(a.tiles).length).toBe(13_000_000)
    expect(() => FlatParams.over([new Float32Array(3), new Float32Array(3)])).toThrow('2 tiles')
  })
})
