/** Where the batches of local training come from. */

import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { type ImageDataset, subset } from '../../../shared/datasets/dataset.ts'
import { type Batch, inputShape, range, writeImages } from '../../../shared/models/batches.ts'

export interface Examples {
  /** Stands for their values: as long as it is the same object, they are the same. */
  readonly source: object
  readonly count: number
  /** Of one example, as the model takes it. */
  readonly shape: readonly number[]
  readonly classes: number
  /**
   * Writes the examples of these indices one after the other: their values, and their labels as one-hot vectors. Whatever was
   * in `xs` [indices × shape] and `targets` [indices × classes] is overwritten.
   */
  write(indices: ArrayLike<number>, xs: Float32Array, targets: Float32Array): void
}

/** Examples that are not yet a model's. */
export interface ExampleSource {
  readonly count: number
  /** As this model takes them; the first `most` alone, where it is given. Throws 'job/untrainable' where they do not fit it. */
  for(model: LayersModel, most?: number): Examples
}

export function imageSource(data: ImageDataset, classes: number): ExampleSource {
  return {
    count: data.labels.length,
    for: (model, most) => imageExamples(model, most === undefined ? data : subset(data, range(0, most)), classes),
  }
}

/** Throws 'job/untrainable' where such images do not fit the model. */
export function imageExamples(model: LayersModel, data: ImageDataset, classes: number): Examples {
  return {
    source: data,
    count: data.labels.length,
    shape: inputShape(model, data.width * data.height * data.channels),
    classes,
    write: (indices, xs, targets) => writeImages(data, indices, classes, xs, targets),
  }
}

/** Values of one example. */
export const widthOf = ({ shape }: Examples): number => shape.reduce((n, d) => n * d, 1)

/** Values and targets of a batch, one example after the other. */
export interface BatchArrays {
  readonly xs: Float32Array
  readonly targets: Float32Array
}

/** For so many examples, which are yet to be written. */
export function arraysFor(examples: Examples, count: number): BatchArrays {
  return { xs: new Float32Array(count * widthOf(examples)), targets: new Float32Array(count * examples.classes) }
}

/** Those of these indices. */
export function arraysOf(examples: Examples, indices: ArrayLike<number>): BatchArrays {
  const arrays = arraysFor(examples, indices.length)
  examples.write(indices, arrays.xs, arrays.targets)
  return arrays
}

/** As tensors. The caller disposes of both. */
export function batchOf({ shape, classes }: Examples, { xs, targets }: BatchArrays): Batch {
  const n = targets.length / classes
  return { xs: tf.tensor(xs, [n, ...shape]), targets: tf.tensor2d(targets, [n, classes]) }
}
