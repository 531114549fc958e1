import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TributaryError } from '../errors/error.ts'
import { readIdx, writeIdx } from './idx.ts'

const header = (type: number, ...shape: number[]): number[] => [
  0,
  0,
  type,
  shape.length,
  ...shape.flatMap((size) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]),
]

describe('IDX', () => {
  it('reads the bytes that the format’s description gives', () => {
    const bytes = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6)
    expect(readIdx(bytes, 'images')).toEqual({ shape: [1, 2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) })
  })

  it('reads back what it wrote, also from the middle of a larger buffer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
        fc.nat(9),
        (shape, before) => {
          const data = Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i % 256)
          const written = writeIdx(shape, data)
          const within = new Uint8Array(before + written.length + 3)
          within.set(written, before)
          expect(readIdx(within.subarray(before, before + written.length), 'x')).toEqual({ shape, data })
        },
      ),
    )
  })

  it.each<[string, number[], string, RegExp]>([
    ['an empty file', [], 'data/malformed', /f\.idx is an empty file/],
    ['a gzip file', [0x1f, 0x8b, 8, 0], 'data/malformed', /f\.idx is still compressed with gzip\. Unpack it first/],
    ['a zip archive', [0x50, 0x4b, 3, 4], 'data/malformed', /f\.idx is a zip archive\. Unpack it/],
    ['three bytes', [0, 0, 8], 'data/malformed', /f\.idx has only 3 bytes/],
    [
      'another format',
      [0x89, 0x50, 0x4e, 0x47],
      'data/malformed',
      /f\.idx is not an IDX file: it begins with 89 50 4e 47/,
    ],
    ['an unknown type', [0, 0, 7, 1, 0, 0, 0, 1, 5], 'data/malformed', /is not an IDX file/],
    ['floats', header(13, 2), 'data/malformed', /f\.idx holds 32-bit floats \(IDX type 0x0d\).*convert it/],
    ['no dimension', header(8), 'data/malformed', /declares 0 dimensions/],
    ['five dimensions', header(8, 1, 1, 1, 1, 1), 'data/malformed', /declares 5 dimensions/],
    ['a cut header', header(8, 1, 2, 3).slice(0, 10), 'data/malformed', /ends within its header, after 10 of 16 bytes/],
    ['zero items', header(8, 0, 28, 28), 'data/empty', /f\.idx holds no items \(0 × 28 × 28\)/],
    ['an absurd size', header(8, 2 ** 32 - 1, 2 ** 32 - 1), 'data/malformed', /which no browser can hold/],
    [
      'too few items',
      [...header(8, 5), 1, 2],
      'data/malformed',
      /f\.idx is cut off: 5 bytes are declared, 2 are there/,
    ],
    [
      'too many items',
      [...header(8, 1), 1, 2, 3],
      'data/malformed',
      /f\.idx has 2 bytes more than the 1 that it declares/,
    ],
  ])('refuses %s with a sentence of its own', (_, bytes, code, message) => {
    expect(() => readIdx(Uint8Array.from(bytes), 'f.idx')).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })

  it('never throws anything but a TributaryError with a data code, whatever the bytes', () => {
    const start = fc.constantFrom([], [0, 0], [0, 0, 8], [0, 0, 8, 1], [0, 0, 8, 3], [0, 0, 8, 1, 0, 0, 0])
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 40 }), (first, rest) => {
        try {
          const { shape, data } = readIdx(Uint8Array.of(...first, ...rest), 'random')
          expect(shape.reduce((a, b) => a * b, 1)).toBe(data.length)
        } catch (error) {
          expect(error).toBeInstanceOf(TributaryError)
          expect((error as TributaryError).code).toMatch(/^data\//)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    [[], 1],
    [[1, 1, 1, 1, 1], 1],
    [[2, 3], 5],
    [[-1, -1], 1],
    [[0.5, 2], 1],
  ])('will not write the shape %j from %d bytes', (shape, bytes) => {
    expect(() => writeIdx(shape, new Uint8Array(bytes))).toThrow(expect.objectContaining({ code: 'data/mismatch' }))
  })
})
