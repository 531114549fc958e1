import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Augmentation } from '../protocol/data.ts'
import { random } from '../random/random.ts'
import { augmenter, flip, type PictureShape, rotate, shift, stretch } from './augment.ts'

/** A picture of any small size, grey or in colour, see-through or not. */
const pictures = fc
  .record({
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    channels: fc.integer({ min: 1, max: 4 }),
  })
  .chain((size) => {
    const length = size.height * size.width * size.channels
    return fc
      .array(fc.integer({ min: 0, max: 255 }), { minLength: length, maxLength: length })
      .map((values) => ({ shape: { ...size, full: 255 }, values: Float32Array.from(values) }))
  })

const into = (picture: Float32Array, write: (to: Float32Array) => void) => {
  const to = new Float32Array(picture.length).fill(Number.NaN)
  write(to)
  return to
}
const flipped = (of: Float32Array, shape: PictureShape) => into(of, (to) => flip(of, to, shape))
const shifted = (of: Float32Array, shape: PictureShape, x: number, y: number) =>
  into(of, (to) => shift(of, to, shape, x, y))
const rotated = (of: Float32Array, shape: PictureShape, angle: number) => into(of, (to) => rotate(of, to, shape, angle))
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length

const varied = (picture: Float32Array, shape: PictureShape, steps: readonly Augmentation[], seed: number) => {
  const copy = picture.slice()
  augmenter(steps, shape)(copy, random(seed, 'test'))
  return copy
}

const ALL: readonly Augmentation[] = [
  { kind: 'flip' },
  { kind: 'shift', pixels: 2 },
  { kind: 'rotate', degrees: 15 },
  { kind: 'brightness', by: 0.3 },
  { kind: 'contrast', by: 0.5 },
  { kind: 'noise', deviation: 0.1 },
  { kind: 'cutout', pixels: 3 },
]

describe('a picture', () => {
  it('that is flipped twice is the same, and once has its rows the other way round', () => {
    void fc.assert(
      fc.property(pictures, ({ shape, values }) => {
        const once = flipped(values, shape)
        expect(flipped(once, shape)).toEqual(values)
        const { width, channels } = shape
        for (let x = 0; x < width; x++)
          expect(once.slice(x * channels, (x + 1) * channels)).toEqual(
            values.slice((width - 1 - x) * channels, (width - x) * channels),
          )
      }),
    )
  })

  it('that is shifted has each pixel elsewhere, and paper where none came from', () => {
    const by = fc.integer({ min: -10, max: 10 })
    void fc.assert(
      fc.property(pictures, by, by, ({ shape, values }, right, down) => {
        const { width, height, channels } = shape
        const moved = shifted(values, shape, right, down)
        for (let i = 0; i < values.length; i++) {
          const pixel = Math.floor(i / channels)
          const [x, y] = [(pixel % width) - right, Math.floor(pixel / width) - down]
          const inside = x >= 0 && y >= 0 && x < width && y < height
          expect(moved[i]).toBe(inside ? values[(y * width + x) * channels + (i % channels)] : 0)
        }
      }),
    )
  })

  it('that is turned by nothing is the same; by half a turn it stands on its head, by four quarters it is back', () => {
    void fc.assert(
      fc.property(pictures, ({ shape, values }) => {
        expect(rotated(values, shape, 0)).toEqual(values)
        const { width, height, channels } = shape
        const half = rotated(values, shape, Math.PI)
        for (let pixel = 0; pixel < width * height; pixel++)
          expect(half[pixel * channels]).toBeCloseTo(values[(width * height - 1 - pixel) * channels] as number, 3)
        if (width !== height) return
        let quarters = values
        for (let i = 0; i < 4; i++) quarters = rotated(quarters, shape, Math.PI / 2)
        quarters.forEach((value, i) => expect(value).toBeCloseTo(values[i] as number, 3))
      }),
    )
  })

  it('that is turned clockwise by a quarter has its top at its right', () => {
    const shape = { width: 2, height: 2, channels: 1, full: 255 }
    expect(Array.from(rotated(Float32Array.of(1, 2, 3, 4), shape, Math.PI / 2))).toEqual([3, 1, 4, 2])
  })

  it('of one colour stays so within, however it is turned', () => {
    const shape = { width: 9, height: 9, channels: 1, full: 255 }
    const turned = rotated(new Float32Array(81).fill(100), shape, 0.3)
    expect(turned[40]).toBeCloseTo(100, 4)
    expect(Math.max(...turned)).toBeLessThanOrEqual(100.001)
    expect(turned[0]).toBeLessThan(100)
  })

  it('with more contrast has the same mean, and so many times the distances from it', () => {
    void fc.assert(
      fc.property(pictures, fc.double({ min: 0, max: 2, noNaN: true }), ({ shape, values }, factor) => {
        const changed = into(values, (to) => stretch(values, to, shape, factor))
        const { channels } = shape
        const colours = channels % 2 === 0 ? channels - 1 : channels
        for (let c = 0; c < channels; c++) {
          const of = (all: Float32Array) => all.filter((_, i) => i % channels === c)
          const [before, after] = [of(values), of(changed)]
          const times = c < colours ? factor : 1
          const middle = mean(before)
          after.forEach((value, i) => expect(value).toBeCloseTo(middle + ((before[i] as number) - middle) * times, 2))
        }
      }),
    )
  })
})

describe('pictures that are varied', () => {
  it('are a function of the draws, and stay within paper and full ink', () => {
    void fc.assert(
      fc.property(pictures, fc.subarray([...ALL]), fc.nat(), ({ shape, values }, steps, seed) => {
        const once = varied(values, shape, steps, seed)
        expect(varied(values, shape, steps, seed)).toEqual(once)
        for (const value of once) {
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(255.001)
        }
      }),
    )
  })

  it('keep their opacity where light is all that changes', () => {
    const shape = { width: 3, height: 3, channels: 4, full: 255 }
    const values = Float32Array.from({ length: 36 }, (_, i) => i * 7)
    const lights = ALL.filter(({ kind }) => ['brightness', 'contrast', 'noise'].includes(kind))
    const after = varied(values, shape, lights, 1)
    for (let i = 3; i < 36; i += 4) expect(after[i]).toBe(values[i])
    expect(after[0]).not.toBe(values[0])
  })

  const GREY = { width: 20, height: 20, channels: 1, full: 255 }
  const grey = new Float32Array(400).fill(100)
  const many = (steps: readonly Augmentation[]) =>
    Array.from({ length: 400 }, (_, seed) => varied(grey, GREY, steps, seed))

  it('have noise of the deviation asked for, and the mean that they had', () => {
    const all = many([{ kind: 'noise', deviation: 0.1 }]).flatMap((one) => Array.from(one, (value) => value - 100))
    expect(Math.abs(mean(all))).toBeLessThan(0.5)
    expect(Math.sqrt(mean(all.map((value) => value ** 2)))).toBeCloseTo(25.5, 0)
  })

  it('are lighter or darker by as much as was asked for at most, in the mean by nothing', () => {
    const means = many([{ kind: 'brightness', by: 0.2 }]).map((one) => mean(one) - 100)
    expect(Math.max(...means.map(Math.abs))).toBeLessThanOrEqual(51)
    expect(Math.max(...means)).toBeGreaterThan(45)
    expect(Math.abs(mean(means))).toBeLessThan(4)
  })

  it('lack a square of the size asked for, or the part of it that is within', () => {
    const empty = many([{ kind: 'cutout', pixels: 6 }]).map((one) => one.filter((value) => value === 0).length)
    expect(Math.max(...empty)).toBe(36)
    expect(Math.min(...empty)).toBeGreaterThanOrEqual(9)
  })

  it('are flipped half of the time, and shifted to all places alike', () => {
    const slope = Float32Array.from({ length: 400 }, (_, i) => i % 20)
    const half = Array.from({ length: 400 }, (_, seed) => varied(slope, GREY, [{ kind: 'flip' }], seed)[0] === 19)
    expect(half.filter(Boolean).length).toBeGreaterThan(160)
    expect(half.filter(Boolean).length).toBeLessThan(240)
    const places = Array.from({ length: 400 }, (_, seed) =>
      varied(grey, GREY, [{ kind: 'shift', pixels: 1 }], seed).findIndex((value) => value > 0),
    )
    expect(new Set(places)).toEqual(new Set([0, 1, 20, 21]))
  })
})
