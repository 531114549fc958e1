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

/** Those of these indices as arrays. */
export function arraysOf(examples: Examples, indices: ArrayLike<number>): { xs: Float32Array; targets: Float32Array } {
  const xs = new Float32Array(indices.length * widthOf(examples))
  const targets = new Float32Array(indices.length * examples.classes)
  examples.write(indices, xs, targets)
  return { xs, targets }
}

/** Those of these indices as tensors. The caller disposes of both. */
export function batchOf(examples: Examples, indices: ArrayLike<number>): Batch {
  const { xs, targets } = arraysOf(examples, indices)
  const n = indices.length
  return { xs: tf.tensor(xs, [n, ...examples.shape]), targets: tf.tensor2d(targets, [n, examples.classes]) }
}
