import { describe, expect, it } from 'vitest'
import { histogram, type ImageDataset, subset } from './dataset.ts'
import { SYNTHETIC_DIGITS, syntheticDigits, syntheticTestSet } from './synthetic-digits.ts'

const BYTES = SYNTHETIC_DIGITS.width * SYNTHETIC_DIGITS.height

const example = (dataset: ImageDataset, i: number): Uint8Array => dataset.values.subarray(i * BYTES, (i + 1) * BYTES)

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at])

const isBorder = (at: number): boolean => at < 28 || at >= BYTES - 28 || at % 28 === 0 || at % 28 === 27

/** The mean image of each digit, as one vector of 7840 values. */
function meanDigits(dataset: ImageDataset): number[] {
  const sums = new Array<number>(10 * BYTES).fill(0)
  const counts = histogram(dataset)
  dataset.values.forEach((value, at) => {
    const label = dataset.targets.labels[Math.floor(at / BYTES)] as number
    const cell = label * BYTES + (at % BYTES)
    sums[cell] = (sums[cell] as number) + value / (counts[label] as number)
  })
  return sums
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0))

/** Share of `dataset` whose nearest mean digit of `means` is the right one. */
function nearestMeanAccuracy(dataset: ImageDataset, means: readonly number[]): number {
  const digits = Array.from({ length: 10 }, (_, digit) => means.slice(digit * BYTES, (digit + 1) * BYTES))
  const right = Array.from(dataset.targets.labels).filter((label, i) => {
    const distances = digits.map((digit) => distance(digit, Array.from(example(dataset, i))))
    return distances.indexOf(Math.min(...distances)) === label
  })
  return right.length / dataset.targets.labels.length
}

describe('syntheticDigits', () => {
  it('is a function of seed, writer and count, and the first examples only of seed and writer', () => {
    const digits = syntheticDigits({ seed: 1, writer: 2, count: 30 })
    const pixels = (seed: number | string, writer: number, count: number): Uint8Array =>
      syntheticDigits({ seed, writer, count }).values
    expect(sameBytes(pixels(1, 2, 30), digits.values)).toBe(true)
    expect(sameBytes(pixels(1, 2, 10), digits.values.subarray(0, 10 * BYTES))).toBe(true)
    expect(sameBytes(pixels(1, 3, 30), digits.values)).toBe(false)
    expect(sameBytes(pixels('other', 2, 30), digits.values)).toBe(false)
  })

  it('has the declared shape, every digit, a plausible amount of ink, and hardly any on the border', () => {
    const digits = syntheticDigits({ seed: 3, writer: 0, count: 600 })
    expect(digits).toMatchObject({ count: 600, shape: [28, 28, 1], targets: { classes: 10 } })
    expect(digits.values.length).toBe(600 * 784)
    expect(Math.min(...histogram(digits))).toBeGreaterThan(0)
    for (let i = 0; i < 600; i++) {
      const inked = example(digits, i).filter((value) => value > 100).length
      expect(inked).toBeGreaterThan(20)
      expect(inked).toBeLessThan(300)
    }
    const onBorder = digits.values.filter((value, at) => value > 0 && isBorder(at % BYTES)).length
    expect(onBorder / digits.values.filter((value) => value > 0).length).toBeLessThan(0.005)
  })

  it('gives each writer a handwriting and favourite digits of their own', () => {
    const first = syntheticDigits({ seed: 5, writer: 0, count: 800 })
    const half = (from: number) =>
      subset(
        first,
        Array.from({ length: 400 }, (_, i) => from + i),
      )
    const same = distance(meanDigits(half(0)), meanDigits(half(400)))
    for (const writer of [1, 2, 3]) {
      const other = syntheticDigits({ seed: 5, writer, count: 800 })
      expect(distance(meanDigits(first), meanDigits(other))).toBeGreaterThan(2 * same)
      expect(histogram(other)).not.toEqual(histogram(first))
    }
  })

  it('is one task: four writers’ digits together stand for strangers’ better than one writer’s', () => {
    const strangers = syntheticTestSet({ seed: 9, count: 300 })
    const means = [0, 1, 2, 3].map((writer) => meanDigits(syntheticDigits({ seed: 9, writer, count: 400 })))
    const together = means[0]?.map((_, i) => means.reduce((sum, mean) => sum + (mean[i] as number) / 4, 0)) ?? []
    const alone = means.map((mean) => nearestMeanAccuracy(strangers, mean))
    expect(nearestMeanAccuracy(strangers, together)).toBeGreaterThan(0.75)
    expect(nearestMeanAccuracy(strangers, together)).toBeGreaterThan(alone.reduce((a, b) => a + b, 0) / 4)
  })

  it('takes any whole number as a writer', () => {
    for (const writer of [-7, 0, 2 ** 40 + 1]) {
      expect(syntheticDigits({ seed: 1, writer, count: 3 }).targets.labels.length).toBe(3)
    }
    expect(() => syntheticDigits({ seed: 1, writer: 0.5, count: 3 })).toThrow(
      expect.objectContaining({ code: 'data/mismatch' }),
    )
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses to draw %d digits', (count) => {
    expect(() => syntheticDigits({ seed: 1, writer: 0, count })).toThrow(
      expect.objectContaining({ code: 'data/empty' }),
    )
  })
})

describe('syntheticTestSet', () => {
  it('has 1000 examples by default, each digit equally often, the same every time', () => {
    const test = syntheticTestSet({ seed: 1 })
    expect(histogram(test)).toEqual(new Array(10).fill(100))
    expect(sameBytes(syntheticTestSet({ seed: 1 }).values, test.values)).toBe(true)
    expect(sameBytes(syntheticTestSet({ seed: 1, count: 25 }).values, test.values.subarray(0, 25 * BYTES))).toBe(true)
  })

  it('shares no example with a participant', () => {
    const test = syntheticTestSet({ seed: 1, count: 200 })
    const seen = new Set(Array.from({ length: 200 }, (_, i) => example(test, i).join()))
    for (let writer = 0; writer < 4; writer++) {
      const digits = syntheticDigits({ seed: 1, writer, count: 100 })
      for (let i = 0; i < 100; i++) expect(seen.has(example(digits, i).join())).toBe(false)
    }
  })
})
