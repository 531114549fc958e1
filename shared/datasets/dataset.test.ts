import { describe, expect, it } from 'vitest'
import { histogram, type ImageDataset, imageDataset, PLAIN, subset } from './dataset.ts'

/** 1 × 2 pixels an example; example i is [i, 255 − i] with label i mod 3. */
function numbered(count: number): ImageDataset {
  return imageDataset(
    { width: 2, height: 1, channels: 1, classes: 3 },
    Uint8Array.from({ length: 2 * count }, (_, at) => (at % 2 === 0 ? at / 2 : 255 - (at - 1) / 2)),
    Uint8Array.from({ length: count }, (_, i) => i % 3),
  )
}

describe('subset', () => {
  it('takes values and labels together, in the order asked for, and copies them', () => {
    const whole = numbered(5)
    const part = subset(whole, [4, 0, 4])
    expect(part).toEqual({
      ...whole,
      count: 3,
      values: Uint8Array.of(4, 251, 0, 255, 4, 251),
      targets: { classes: 3, labels: Uint8Array.of(1, 0, 1) },
    })
    part.values[0] = 99
    expect(whole.values[8]).toBe(4)
  })

  it('takes numbers as targets, several of each example', () => {
    const targets = { outputs: 2, values: Float32Array.of(1, 2, 3, 4, 5, 6) }
    const values = Int32Array.of(7, 8, 9)
    const part = subset({ count: 3, shape: [1], values, scale: PLAIN, targets }, [2, 0])
    expect(part.values).toEqual(Int32Array.of(9, 7))
    expect(part.targets).toEqual({ outputs: 2, values: Float32Array.of(5, 6, 1, 2) })
    expect(histogram(part)).toEqual([])
  })

  it.each([5, -1, 0.5, Number.NaN])('refuses example %d of five', (index) => {
    expect(() => subset(numbered(5), [0, index])).toThrow(
      expect.objectContaining({ code: 'data/mismatch', message: expect.stringContaining(`Example ${index}`) }),
    )
  })
})

describe('histogram', () => {
  it('counts each class, also those without examples', () => {
    expect(histogram({ targets: { labels: Uint8Array.of(2, 0, 2), classes: 4 } })).toEqual([1, 0, 2, 0])
  })
})
