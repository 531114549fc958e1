import { describe, expect, it } from 'vitest'
import { FlatParams, TILE_ELEMENTS } from './flat.ts'
import { numbered, values } from './testing.ts'

describe('a flat vector in tiles', () => {
  it.each([
    [0, []],
    [5, [5]],
    [TILE_ELEMENTS, [TILE_ELEMENTS]],
    [TILE_ELEMENTS + 1, [TILE_ELEMENTS, 1]],
  ])('%i elements lie in tiles of %j', (length, tiles) => {
    expect(FlatParams.zeros(length).tiles.map((t) => t.length)).toEqual(tiles)
  })

  it('reads and writes across the border of two tiles', () => {
    const flat = FlatParams.zeros(TILE_ELEMENTS + 10)
    flat.write(TILE_ELEMENTS - 2, Float32Array.of(1, 2, 3, 4))
    expect([...flat.read(TILE_ELEMENTS - 3, 6)]).toEqual([0, 1, 2, 3, 4, 0])
    expect(flat.tiles[0]?.at(-1)).toBe(2)
    expect(flat.tiles[1]?.[0]).toBe(3)
  })

  it('lays pieces one after the other', () => {
    const flat = FlatParams.concat([Float32Array.of(1, 2), new Float32Array(0), Float32Array.of(3)])
    expect(values(flat)).toEqual([1, 2, 3])
    const large = FlatParams.concat([numbered(TILE_ELEMENTS - 1).read(0, TILE_ELEMENTS - 1), Float32Array.of(8, 9)])
    expect([...large.read(TILE_ELEMENTS - 1, 2)]).toEqual([8, 9])
  })

  it('gives and takes copies', () => {
    const piece = Float32Array.of(1)
    const flat = FlatParams.concat([piece])
    piece[0] = 2
    flat.read(0, 1)[0] = 3
    expect(values(flat)).toEqual([1])
  })

  it.each([
    [-1, 1],
    [0, 4],
    [3, 1],
  ])('refuses elements %i, %i long, of 3', (at, length) => {
    expect(() => FlatParams.zeros(3).read(at, length)).toThrow(RangeError)
    expect(() => FlatParams.zeros(3).write(at, new Float32Array(length))).toThrow(RangeError)
  })
})
