import { describe, expect, it } from 'vitest'
import { TributaryError } from '../errors/error.ts'
import { makeGrid } from './grid.ts'
import { decodePartialTile, encodePartialTile, joinPartialTiles, type Partial } from './partial.ts'

const PARTIAL: Partial = {
  job: 'Ziffern „1“',
  round: 2,
  attempt: 7,
  grid: makeGrid(1234.5, 1024),
  length: 5,
  sums: [Float64Array.of(1, -(2 ** 51), 2 ** 51 - 1), Float64Array.of(0, -3)],
  totalCoefficient: 1000.25,
  taskIds: ['j/7/c-1', 'j/7/c-2'],
}

const tile = (index: number) => decodePartialTile(encodePartialTile(PARTIAL, index))

function malformed(action: () => unknown): string {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof TributaryError && thrown.code === 'protocol/malformed') return thrown.message
    throw thrown
  }
  throw new Error('nothing was thrown')
}

describe('a partial as bytes', () => {
  it('comes back from its tiles in any order', () => {
    expect(joinPartialTiles([tile(1), tile(0)])).toEqual(PARTIAL)
  })

  it('has one byte layout: the same partial gives the same bytes, its sums aligned to 8', () => {
    const bytes = encodePartialTile(PARTIAL, 0)
    expect(encodePartialTile(structuredClone(PARTIAL), 0)).toEqual(bytes)
    const head = new DataView(bytes.buffer).getUint32(0, true)
    expect((4 + head) % 8).toBe(0)
    expect(new DataView(bytes.buffer).getFloat64(4 + head + 8, true)).toBe(-(2 ** 51))
    expect(bytes.length).toBe(4 + head + 3 * 8)
  })

  it('names job, round, attempt, grid, tile, Σcₖ and task ids in every tile', () => {
    const { sums: _, ...head } = PARTIAL
    for (const index of [0, 1]) expect(tile(index)).toMatchObject({ index, head })
  })

  it('can be read from the middle of a larger buffer', () => {
    const bytes = encodePartialTile(PARTIAL, 1)
    const larger = new Uint8Array(bytes.length + 7)
    larger.set(bytes, 3)
    expect(decodePartialTile(larger.subarray(3, 3 + bytes.length))).toEqual(tile(1))
  })

  it('has no tile beyond its last', () => {
    expect(() => encodePartialTile(PARTIAL, 2)).toThrow('no tile 2')
  })

  it.each([0, 3, 4, 40])('is refused when cut off after %i bytes', (length) => {
    expect(malformed(() => decodePartialTile(encodePartialTile(PARTIAL, 0).subarray(0, length)))).toContain('lengths')
  })

  it('is refused with half a sum at its end, or a head that is no JSON', () => {
    const bytes = encodePartialTile(PARTIAL, 0)
    expect(malformed(() => decodePartialTile(bytes.subarray(0, bytes.length - 4)))).toContain('lengths')
    bytes[4] = 0x7d
    expect(malformed(() => decodePartialTile(bytes))).toContain('not JSON')
  })

  it('is refused where tiles are missing, repeated or of another partial', () => {
    expect(malformed(() => joinPartialTiles([]))).toContain('no tiles')
    expect(malformed(() => joinPartialTiles([tile(0)]))).toContain('belong together')
    expect(malformed(() => joinPartialTiles([tile(1)]))).toContain('belong together')
    expect(malformed(() => joinPartialTiles([tile(0), tile(0)]))).toContain('belong together')
    const other = { ...PARTIAL, totalCoefficient: 3 }
    expect(malformed(() => joinPartialTiles([tile(0), decodePartialTile(encodePartialTile(other, 1))]))).toContain(
      'belong',
    )
  })
})
