import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dataSchema, type ImageSchema } from '../../../shared/protocol/data.ts'
import { file, readAll } from '../testing/files.ts'
import { checkSize } from './bounds.ts'
import type { Picture } from './opened.ts'
import { saidSize } from './said-size.ts'

const text = (letters: string) => Uint8Array.from(letters, (letter) => letter.charCodeAt(0))
const u16 = (value: number) => [value >> 8, value & 255]
const le16 = (value: number) => [value & 255, value >> 8]
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)]
const le32 = (value: number) => [...le16(value & 0xffff), ...le16(value >>> 16)]
const bytes = (...parts: (string | readonly number[] | Uint8Array)[]) =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? text(part) : part)]))
/** As it is opened, by its first `known` bytes. */
const picture = (content: Uint8Array, known = 4096): Picture => ({
  bytes: new Blob([content as Uint8Array<ArrayBuffer>]),
  head: content.slice(0, known) as Uint8Array<ArrayBuffer>,
})

type Make = (width: number, height: number) => Uint8Array

/** Headers as each format's own document has them, up to where the size is said. */
const FORMATS: Record<string, { readonly make: Make; readonly most: number }> = {
  PNG: {
    most: 2 ** 31 - 1,
    make: (w, h) => bytes('\x89PNG\r\n\x1a\n', u32(13), 'IHDR', u32(w), u32(h), [8, 2, 0, 0, 0], u32(0)),
  },
  JPEG: {
    most: 65_535,
    // With a segment before that holds a frame header of its own, as thumbnails do.
    make: (w, h) => {
      const inner = bytes([0xff, 0xc0], u16(17), [8], u16(7), u16(9))
      const first = bytes([0xff, 0xe1], u16(2 + inner.length), inner, [0xff, 0xff])
      return bytes([0xff, 0xd8], first, [0xc4], u16(4), [0, 0, 0xff, 0xc2], u16(17), [8], u16(h), u16(w), [3])
    },
  },
  GIF: {
    most: 65_535,
    make: (w, h) =>
      bytes(
        'GIF89a',
        le16(1),
        le16(1),
        [0x80, 0, 0],
        new Uint8Array(6),
        [0x21, 0xfe, 3, 1, 2, 3, 0],
        [0x2c],
        le16(0),
        le16(0),
        le16(w),
        le16(h),
        [0],
      ),
  },
  'WebP with an extended header': {
    most: 2 ** 24,
    make: (w, h) =>
      bytes('RIFF', le32(100), 'WEBPVP8X', le32(10), [0, 0, 0, 0], le32(w - 1).slice(0, 3), le32(h - 1).slice(0, 3)),
  },
  'WebP without loss': {
    most: 16_384,
    make: (w, h) => bytes('RIFF', le32(100), 'WEBPVP8L', le32(10), [0x2f], le32((w - 1) | ((h - 1) << 14))),
  },
  'WebP with loss': {
    most: 16_383,
    make: (w, h) => bytes('RIFF', le32(100), 'WEBPVP8 ', le32(10), [0, 0, 0, 0x9d, 0x01, 0x2a], le16(w), le16(h)),
  },
  BMP: { most: 2 ** 31 - 1, make: (w, h) => bytes('BM', new Uint8Array(12), le32(40), le32(w), le32(-h >>> 0)) },
  'BMP of old': { most: 65_535, make: (w, h) => bytes('BM', new Uint8Array(12), le32(12), le16(w), le16(h), le32(0)) },
  AVIF: {
    most: 2 ** 31 - 1,
    make: (w, h) => {
      const extent = (width: number, height: number) => bytes(u32(20), 'ispe', u32(0), u32(width), u32(height))
      const facts = bytes('meta', u32(0), extent(1, 1), extent(w, h))
      return bytes(u32(16), 'ftypavif', u32(0), u32(12), 'free', u32(0), u32(facts.length + 4), facts)
    },
  },
}

describe.each(Object.entries(FORMATS))('the size that a picture says it has: %s', (_, { make, most }) => {
  it('is found, whatever it is', async () => {
    const side = fc.integer({ min: 1, max: most })
    await fc.assert(
      fc.asyncProperty(side, side, async (width, height) => {
        const made = make(width, height)
        for (const known of [4096, 9]) expect(await saidSize(picture(made, known))).toEqual({ width, height })
      }),
    )
  })

  it('is none where the header breaks off, and never takes longer than a moment where it is damaged', async () => {
    const whole = make(60, 70)
    const enough = whole.length - 8
    for (let length = 0; length < Math.min(enough, 20); length++)
      expect(await saidSize(picture(whole.subarray(0, length)))).toBeNull()
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.nat(255),
        fc.uint8Array({ maxLength: 40 }),
        async (at, value, rest) => {
          const damaged = bytes(whole, rest)
          damaged[at] = value
          const size = await saidSize(picture(damaged))
          expect(size === null || (size.width >= 0 && size.height >= 0)).toBe(true)
        },
      ),
    )
  })

  it('is refused where nobody’s memory holds it', async () => {
    const [width, height] = [Math.min(most, 60_000), Math.min(most, 60_000)]
    await expect(checkSize(picture(make(width, height)))).rejects.toThrow(
      `it says that it is ${width} × ${height} pixels, and 100 million pixels are the most`,
    )
    await checkSize(picture(make(10_000, 10_000)))
  })
})

describe('what is no picture', () => {
  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['text', text('<svg width="9" height="9"/>')],
    ['a JPEG without any frame', bytes([0xff, 0xd8, 0xff, 0xda], new Uint8Array(100))],
    ['a JPEG of nothing but zeros', bytes([0xff, 0xd8], new Uint8Array(3_000_000))],
    ['a GIF of endless remarks', bytes('GIF89a', new Uint8Array(7), [0x21, 0xfe], new Uint8Array(2_000_000).fill(1))],
    ['an AVIF of endless empty boxes', bytes(u32(16), 'ftypavif', u32(0), '\0\0\0\x08free'.repeat(150_000))],
    ['an AVIF that moves', bytes(u32(16), 'ftypavis', u32(0))],
    ['a PNG that begins with something else', bytes('\x89PNG\r\n\x1a\n', u32(13), 'tEXt', new Uint8Array(40))],
  ])('is told by its first bytes: %s', async (_, content) => {
    await expect(checkSize(picture(content))).rejects.toThrow('it is no whole PNG, JPEG')
  })

  it('is one of no width', async () => {
    const png = FORMATS.PNG?.make(0, 5) as Uint8Array
    await expect(checkSize(picture(png))).rejects.toThrow('0 × 5 pixels')
  })
})

describe('bytes of a picture', () => {
  const schema = dataSchema.parse({ kind: 'images', width: 2, height: 1, classes: ['cat', 'dog'] }) as ImageSchema

  it('are bounded, zipped or not; the others are read all the same', async () => {
    const bomb = gzipSync(new Uint8Array(200 * 2 ** 20), { level: 1 })
    expect(bomb.length).toBeLessThan(2e6)
    const large = { ...file('cat/3.png', Uint8Array.of(1)), size: 200e6 }
    const files = [file('cat/1.png', Uint8Array.of(7)), file('dog/2.png.gz', bomb), large]
    const { dataset, report } = await readAll([...files, file('dog/4.png.gz', gzipSync(Uint8Array.of(9)))], schema)
    expect(Array.from(dataset.values)).toEqual([7, 7, 9, 9])
    expect(report.shown.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^it cannot be read as a picture \(dog\/2\.png\.gz unpacks to more than 134 MB/),
      'it cannot be read as a picture (it has 200 MB; 134 MB are the most)',
    ])
  })
})
