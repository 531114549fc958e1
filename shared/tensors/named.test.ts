import { describe, expect, it } from 'vitest'
import { joinBytes } from './bytes.ts'
import { DTYPES, isDType } from './dtypes.ts'
import { NamedReader, type StoredTensor } from './named.ts'
import { randomPieces, values } from './testing.ts'

/** IEEE 754's definition of a half, not its bits. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

describe('number formats', () => {
  it('every half becomes the float32 of the same value', () => {
    const bytes = new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, bits) => bits).buffer)
    const read = DTYPES.F16.read(bytes)
    const wrong = Array.from(read.keys()).filter((bits) => !Object.is(read[bits], half(bits)))
    expect(wrong).toEqual([])
  })

  it('a bfloat16 is the upper half of a float32', () => {
    const floats = Float32Array.from([1, -0, 3.140625, Number.POSITIVE_INFINITY, 2 ** -130])
    const upper = Uint16Array.from(new Uint32Array(floats.buffer), (bits) => bits >>> 16)
    expect(Array.from(DTYPES.BF16.read(new Uint8Array(upper.buffer)))).toEqual(Array.from(floats))
  })

  it('are those, and nothing that an object has by itself', () => {
    expect(['F32', 'F16', 'BF16', 'F64', 'toString', 3, null].map(isDType)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })
})

describe('tensors read from pieces', () => {
  const tensors: readonly StoredTensor[] = [
    { name: 'empty', shape: [0], dtype: 'F32' },
    { name: 'a', shape: [3], dtype: 'F16' },
    { name: 'b', shape: [2, 2], dtype: 'F32' },
    { name: 'nothing', shape: [2, 0], dtype: 'BF16' },
    { name: 'c', shape: [], dtype: 'BF16' },
  ]
  const bytes = joinBytes([
    new Uint8Array(Uint16Array.from([0x3c00, 0x4000, 0x4200]).buffer),
    new Uint8Array(Float32Array.from([4, 5, 6, 7]).buffer),
    new Uint8Array(Uint16Array.from([0x4100]).buffer),
  ])

  it('come out whatever the pieces are', () => {
    for (let seed = 0; seed < 200; seed++) {
      const reader = new NamedReader(tensors)
      for (const piece of randomPieces(bytes, seed, 1 + (seed % 9))) expect(reader.push(piece)).toBe(0)
      const read = reader.finish()
      expect(read?.tensors.map(({ name }) => name)).toEqual(['empty', 'a', 'b', 'nothing', 'c'])
      expect(read && values(read.values)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    }
  })

  it('are not there while bytes are missing, and tell of bytes too many', () => {
    const short = new NamedReader(tensors)
    short.push(bytes.subarray(0, bytes.length - 1))
    expect(short.finish()).toBeNull()
    const long = new NamedReader(tensors)
    expect(long.push(joinBytes([bytes, new Uint8Array(3)]))).toBe(3)
    expect(new NamedReader([]).push(new Uint8Array(2))).toBe(2)
    expect(new NamedReader([]).finish()?.tensors).toEqual([])
  })
})
