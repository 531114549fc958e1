import { TributaryError } from '../errors/error.ts'
import type { Augmentation } from '../protocol/data.ts'

/** What a model is given of a value: (value − mean) / std. One of each, or one for each place in the last dimension. */
export interface Scale {
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** Values as they are. */
export const PLAIN: Scale = { mean: [0], std: [1] }
/** Pixels from 0 to 1. */
export const PIXELS: Scale = { mean: [0], std: [255] }

/** Each example is of a class, from 0 to `classes` − 1. */
export interface ClassTargets {
  readonly classes: number
  /** One per example. */
  readonly labels: Uint8Array | Int32Array
}

/** Each example has a number or several, that the model shall answer. */
export interface ValueTargets {
  readonly outputs: number
  /** Examples × outputs. */
  readonly values: Float32Array
}

export type Targets = ClassTargets | ValueTargets

/** Examples in memory, in their order. */
export interface Dataset {
  readonly count: number
  /** Of one example; images: [height, width, channels]. */
  readonly shape: readonly number[]
  /** Where each example's values begin, where examples overlap; otherwise one follows the other. Ascending. */
  readonly starts?: Int32Array
  /** Examples × shape. Of images, 0 is paper and 255 full ink. */
  readonly values: Uint8Array | Int32Array | Float32Array
  readonly scale: Scale
  readonly targets: Targets
  /** What training varies in them, where they are images. Evaluation takes them as they are. */
  readonly augment?: readonly Augmentation[]
}

/** How large images are, and how many classes they are of. */
export interface ImageShape {
  readonly width: number
  readonly height: number
  /** 1 for grey, 3 for colour; a pixel's channels lie side by side. */
  readonly channels: number
  /** Labels are 0 to `classes` − 1. */
  readonly classes: number
}

/** Pixels of labelled images. */
export interface ImageDataset extends Dataset {
  readonly values: Uint8Array
  readonly targets: ClassTargets & { readonly labels: Uint8Array }
}

export function imageDataset(
  { width, height, channels, classes }: ImageShape,
  pixels: Uint8Array,
  labels: Uint8Array,
  scale: Scale = PIXELS,
): ImageDataset {
  return {
    count: labels.length,
    shape: [height, width, channels],
    values: pixels,
    scale,
    targets: { classes, labels },
  }
}

/** Values of one example. */
export function valuesPerExample({ shape }: Pick<Dataset, 'shape'>): number {
  return shape.reduce((n, d) => n * d, 1)
}

/** The examples at `indices`, in that order, copied. An index outside the dataset is 'data/mismatch'. */
export function subset<D extends Dataset>(dataset: D, indices: ArrayLike<number>): D {
  const { count, values, targets } = dataset
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number
    if (Number.isInteger(index) && index >= 0 && index < count) continue
    throw new TributaryError(
      'data/mismatch',
      `Example ${index} was asked for, but the dataset has ${count}. Ask for whole numbers from 0 to ${count - 1}.`,
    )
  }
  const taken =
    'labels' in targets
      ? { ...targets, labels: rowsAt(targets.labels, indices, 1) }
      : { ...targets, values: rowsAt(targets.values, indices, targets.outputs) }
  const { starts } = dataset
  if (starts) return { ...dataset, count: indices.length, starts: rowsAt(starts, indices, 1), targets: taken }
  const size = valuesPerExample(dataset)
  return { ...dataset, count: indices.length, values: rowsAt(values, indices, size), targets: taken }
}

function rowsAt<A extends Uint8Array | Int32Array | Float32Array>(
  from: A,
  indices: ArrayLike<number>,
  size: number,
): A {
  const rows = new (from.constructor as new (length: number) => A)(indices.length * size)
  for (let i = 0; i < indices.length; i++) {
    const at = (indices[i] as number) * size
    rows.set(from.subarray(at, at + size), i * size)
  }
  return rows
}

/** The values of one example. */
export function valuesAt(dataset: Dataset, index: number): Dataset['values'] {
  const size = valuesPerExample(dataset)
  const from = dataset.starts?.[index] ?? index * size
  return dataset.values.subarray(from, from + size)
}

/** How many examples each class has: `classes` counts. None where the targets are no classes. */
export function histogram({ targets }: Pick<Dataset, 'targets'>): number[] {
  if (!('labels' in targets)) return []
  const counts = new Array<number>(targets.classes).fill(0)
  for (const label of targets.labels) counts[label] = (counts[label] ?? 0) + 1
  return counts
}
