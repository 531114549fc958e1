import { describe, expect, it } from 'vitest'
import { PIXELS } from './dataset.ts'
import { writeIdx } from './idx.ts'
import { imageDatasetFromIdx, type NamedBytes } from './idx-images.ts'

const expected = { width: 3, height: 2, channels: 1, classes: 10 }

const file = (name: string, shape: number[], fill = 7): NamedBytes => ({
  name,
  bytes: writeIdx(shape, new Uint8Array(shape.reduce((a, b) => a * b, 1)).fill(fill)),
})
const images = file('train-images', [4, 2, 3])
const labels = { name: 'train-labels', bytes: writeIdx([4], Uint8Array.of(5, 0, 4, 9)) }

describe('imageDatasetFromIdx', () => {
  it('joins images and labels', () => {
    expect(imageDatasetFromIdx(images, labels, expected)).toEqual({
      count: 4,
      shape: [2, 3, 1],
      values: new Uint8Array(24).fill(7),
      scale: PIXELS,
      targets: { classes: 10, labels: Uint8Array.of(5, 0, 4, 9) },
    })
  })

  it('takes the channels from a fourth dimension', () => {
    const colour = { ...expected, channels: 3 }
    expect(imageDatasetFromIdx(file('colour', [4, 2, 3, 3]), labels, colour)).toMatchObject({ shape: [2, 3, 3] })
    expect(imageDatasetFromIdx(file('grey', [4, 2, 3, 1]), labels, expected)).toMatchObject({ shape: [2, 3, 1] })
  })

  it.each<[string, NamedBytes, NamedBytes, RegExp]>([
    [
      'files the wrong way round',
      labels,
      images,
      /train-labels holds labels and train-images holds images\. Choose them the other/,
    ],
    ['labels for images', labels, labels, /train-labels holds labels, not images/],
    ['images for labels', images, images, /train-images holds images, not labels/],
    ['labels in two dimensions', images, file('t', [4, 1]), /t has 2 dimensions; labels have one/],
    ['images of another size', file('small', [4, 3, 2]), labels, /small has images of 3 × 2; this job needs 2 × 3/],
    ['colour for grey', file('colour', [4, 2, 3, 3]), labels, /colour has images of 2 × 3 × 3; this job needs 2 × 3/],
    ['images in two dimensions', file('flat', [4, 6]), labels, /flat has images of 6; this job needs 2 × 3/],
    ['other counts', file('five', [5, 2, 3]), labels, /five has 5 images, train-labels has 4 labels/],
    [
      'a label out of range',
      images,
      { name: 'bad', bytes: writeIdx([4], Uint8Array.of(1, 9, 10, 200)) },
      /bad has label 10 at example 2 \(counted from 0\); this job's labels go from 0 to 9/,
    ],
  ])('refuses %s and says how to mend it', (_, first, second, message) => {
    expect(() => imageDatasetFromIdx(first, second, expected)).toThrow(
      expect.objectContaining({ code: 'data/mismatch', message: expect.stringMatching(message) }),
    )
  })

  it('passes on what is wrong with a file by itself', () => {
    const zipped = { name: 'x.gz', bytes: Uint8Array.of(0x1f, 0x8b, 8, 0) }
    expect(() => imageDatasetFromIdx(zipped, labels, expected)).toThrow(
      expect.objectContaining({ code: 'data/malformed' }),
    )
  })
})
