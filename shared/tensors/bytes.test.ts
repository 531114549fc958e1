import { describe, expect, it } from 'vitest'
import { TributaryError } from '../errors/error.ts'
import { FlatReader, flatBytes, joinBytes, readBytes } from './bytes.ts'
import { FlatParams, TILE_ELEMENTS } from './flat.ts'
import { numbered, randomPieces, sameBits, values } from './testing.ts'

function code(action: () => unknown): string {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof TributaryError) return thrown.code
    throw thrown
  }
  return 'nothing was thrown'
}

describe('a flat vector as bytes', () => {
  it('is float32, little-endian', () => {
    expect([...joinBytes(flatBytes(FlatParams.concat([Float32Array.of(1, -2)])))]).toEqual([
      0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0,
    ])
  })

  it.each([1, 2, 3, 4, 5])('comes back from pieces of any size (%i)', (seed) => {
    const flat = FlatParams.concat([
      Float32Array.of(Number.NaN, -0, Number.POSITIVE_INFINITY, 1e-45, 3.4e38),
      numbered(300, seed).read(0, 300),
    ])
    const reader = new FlatReader(flat.length)
    for (const piece of randomPieces(joinBytes(flatBytes(flat)), seed, 97)) reader.push(piece)
    expect(reader.bytes).toBe(reader.totalBytes)
    expect(sameBits(reader.finish(), flat)).toBe(true)
  })

  it('comes back where it spans two tiles', () => {
    const flat = numbered(TILE_ELEMENTS + 1001)
    const reader = new FlatReader(flat.length)
    for (const piece of randomPieces(joinBytes(flatBytes(flat)), 9, 900_001)) reader.push(piece)
    expect(sameBits(reader.finish(), flat)).toBe(true)
  })

  it('refuses too many bytes, and keeps what it had', () => {
    const reader = new FlatReader(2)
    reader.push(new Uint8Array(7))
    expect(code(() => reader.push(new Uint8Array(2)))).toBe('update/too-large')
    expect(reader.bytes).toBe(7)
    reader.push(new Uint8Array(1))
    expect(values(reader.finish())).toEqual([0, 0])
  })

  it('refuses to end early', () => {
    const reader = new FlatReader(2)
    reader.push(new Uint8Array(7))
    expect(code(() => reader.finish())).toBe('update/wrong-size')
  })

  it('can be read from any byte on, across tiles', () => {
    const flat = numbered(TILE_ELEMENTS + 3)
    const border = TILE_ELEMENTS * 4
    expect(readBytes(flat, border - 5, 11)).toEqual(joinBytes(flatBytes(flat)).slice(border - 5, border + 6))
    const copy = readBytes(flat, 0, 4)
    copy.fill(0)
    expect(flat.tiles[0]?.[0]).not.toBe(0)
  })
})
