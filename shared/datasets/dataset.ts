import { TributaryError } from '../errors/error.ts'
import { random } from '../random/random.ts'

/** The shape that every example of a dataset has, and how many classes its labels tell apart. */
export interface ImageShape {
  readonly width: number
  readonly height: number
  /** 1 for grey, 3 for colour; a pixel's channels lie side by side. */
  readonly channels: number
  /** Labels are 0 to `classes` − 1. */
  readonly classes: number
}

/** Labelled images in memory, in the order of their examples. */
export interface ImageDataset extends ImageShape {
  /** Examples × height × width × channels; 0 is paper, 255 full ink. */
  readonly pixels: Uint8Array
  /** One label per example. */
  readonly labels: Uint8Array
}

/** Bytes of one example. */
export function exampleBytes(shape: ImageShape): number {
  return shape.width * shape.height * shape.channels
}

/** The examples at `indices`, in that order, copied. An index outside the dataset is 'data/mismatch'. */
export function subset(dataset: ImageDataset, indices: ArrayLike<number>): ImageDataset {
  const bytes = exampleBytes(dataset)
  const count = dataset.labels.length
  const pixels = new Uint8Array(indices.length * bytes)
  const labels = new Uint8Array(indices.length)
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number
    const label = dataset.labels[index]
    if (label === undefined) {
      throw new TributaryError(
        'data/mismatch',
        `Example ${index} was asked for, but the dataset has ${count}. Ask for whole numbers from 0 to ${count - 1}.`,
      )
    }
    pixels.set(dataset.pixels.subarray(index * bytes, (index + 1) * bytes), i * bytes)
    labels[i] = label
  }
  return { ...dataset, pixels, labels }
}

/**
 * Splits the examples at random into validation (the nearest whole number to `validationFraction` of them, which may
 * be none) and training (the rest, at least one). The same dataset, fraction and seed give the same split. A fraction
 * outside [0, 1) is 'data/mismatch', a dataset without examples 'data/empty'.
 */
export function split(
  dataset: ImageDataset,
  validationFraction: number,
  seed: number | string,
): { train: ImageDataset; validation: ImageDataset } {
  const count = dataset.labels.length
  if (!(validationFraction >= 0 && validationFraction < 1)) {
    throw new TributaryError(
      'data/mismatch',
      `The validation fraction is ${validationFraction}. It must be at least 0 and below 1.`,
    )
  }
  if (count === 0) {
    throw new TributaryError('data/empty', 'The dataset has no examples to split. Choose data with at least one.')
  }
  const held = Math.min(count - 1, Math.round(count * validationFraction))
  const order = random(seed, 'split').permutation(count)
  return { train: subset(dataset, order.subarray(held)), validation: subset(dataset, order.subarray(0, held)) }
}

/** How many examples each class has: `classes` counts. */
export function histogram(dataset: Pick<ImageDataset, 'labels' | 'classes'>): number[] {
  const counts = new Array<number>(dataset.classes).fill(0)
  for (const label of dataset.labels) counts[label] = (counts[label] ?? 0) + 1
  return counts
}
