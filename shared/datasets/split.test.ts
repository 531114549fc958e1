import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../random/random.ts'
import { type Dataset, type ImageDataset, imageDataset, PLAIN, subset } from './dataset.ts'
import { splitInPlace } from './split.ts'

/** 1 × 2 pixels an example; example i is [i, 255 − i] with label i mod 3. */
function numbered(count: number): ImageDataset {
  return imageDataset(
    { width: 2, height: 1, channels: 1, classes: 3 },
    Uint8Array.from({ length: 2 * count }, (_, at) => (at % 2 === 0 ? at / 2 : 255 - (at - 1) / 2)),
    Uint8Array.from({ length: count }, (_, i) => i % 3),
  )
}

const names = ({ count, values }: ImageDataset): number[] =>
  Array.from({ length: count }, (_, i) => values[2 * i] as number)

const counts = fc.integer({ min: 1, max: 200 })
const fractions = fc.double({ min: 0, max: 0.999, noNaN: true })

describe('a split', () => {
  it('puts every example on one side, at least one into training', () => {
    void fc.assert(
      fc.property(counts, fractions, fc.integer(), (count, fraction, seed) => {
        const { train, validation } = splitInPlace(numbered(count), fraction, seed)
        const all = [...names(train), ...names(validation)].sort((a, b) => a - b)
        expect(all).toEqual(Array.from({ length: count }, (_, i) => i))
        expect(train.count).toBeGreaterThan(0)
        expect(validation.count).toBe(Math.min(count - 1, Math.round(count * fraction)))
      }),
    )
  })

  it('holds what copies in the seed’s order would, values and labels together, and no copy', () => {
    void fc.assert(
      fc.property(counts, fractions, fc.integer(), (count, fraction, seed) => {
        const order = random(seed, 'split').permutation(count)
        const held = Math.min(count - 1, Math.round(count * fraction))
        const whole = numbered(count)
        const { train, validation } = splitInPlace(whole, fraction, seed)
        expect(train).toEqual(subset(numbered(count), order.subarray(held)))
        expect(validation).toEqual(subset(numbered(count), order.subarray(0, held)))
        expect(train.values.buffer).toBe(whole.values.buffer)
      }),
    )
  })

  it('takes several numbers as targets along', () => {
    const values = Float32Array.from({ length: 20 }, (_, i) => i)
    const targets = { outputs: 2, values: values.slice() }
    const dataset: Dataset = { count: 10, shape: [2], values, scale: PLAIN, targets }
    const { train, validation } = splitInPlace(dataset, 0.3, 1)
    for (const { values, targets, count } of [train, validation])
      expect(targets).toEqual({ outputs: 2, values: values.slice(0, 2 * count) })
  })

  it('is the same for the same seed, and another for another', () => {
    const of = (seed: string) => splitInPlace(numbered(100), 0.2, seed)
    expect(of('a')).toEqual(of('a'))
    expect(names(of('a').validation)).not.toEqual(names(of('b').validation))
  })

  it.each([1, -0.1, Number.NaN])('refuses the fraction %d', (fraction) => {
    expect(() => splitInPlace(numbered(3), fraction, 1)).toThrow(expect.objectContaining({ code: 'data/mismatch' }))
  })

  it('refuses a dataset without examples', () => {
    expect(() => splitInPlace(numbered(0), 0, 1)).toThrow(expect.objectContaining({ code: 'data/empty' }))
  })
})
