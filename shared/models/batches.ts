import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { ImageDataset } from '../datasets/dataset.ts'
import { TributaryError } from '../errors/error.ts'

export interface Batch {
  readonly xs: tf.Tensor
  readonly targets: tf.Tensor2D
}

/** The shape of one example as the model takes it. Throws 'job/untrainable' where images of the schema do not fit. */
export function inputShape(model: LayersModel, elementsPerImage: number): number[] {
  const shape = (model.inputs[0]?.shape.slice(1) ?? []).map((d) => d ?? 0)
  const size = shape.reduce((n, d) => n * d, 1)
  if (model.inputs.length !== 1 || size !== elementsPerImage) {
    throw new TributaryError(
      'job/untrainable',
      `The model takes ${model.inputs.length} input(s) of shape [${shape.join(', ')}], the job’s images have ${elementsPerImage} values each. Make the two agree.`,
    )
  }
  return shape
}

/** Throws 'job/untrainable' where the model's output is not one value per class. */
export function checkOutputs(model: LayersModel, classes: number): void {
  const shape = model.outputs[0]?.shape.slice(1) ?? []
  if (model.outputs.length !== 1 || shape.length !== 1 || shape[0] !== classes) {
    throw new TributaryError(
      'job/untrainable',
      `The model’s output has the shape [${shape.join(', ')}], the job has ${classes} classes. End the model with one value per class.`,
    )
  }
}

/** The examples of these indices as tensors. The caller disposes of both. */
export function makeBatch(
  data: ImageDataset,
  indices: ArrayLike<number>,
  shape: readonly number[],
  classes: number,
): Batch {
  const n = indices.length
  const xs = new Float32Array(n * data.width * data.height * data.channels)
  const targets = new Float32Array(n * classes)
  writeImages(data, indices, classes, xs, targets)
  return { xs: tf.tensor(xs, [n, ...shape]), targets: tf.tensor2d(targets, [n, classes]) }
}

/** Writes the examples of these indices one after the other: pixels divided by 255, labels as one-hot vectors. */
export function writeImages(
  { pixels, labels, width, height, channels }: ImageDataset,
  indices: ArrayLike<number>,
  classes: number,
  xs: Float32Array,
  targets: Float32Array,
): void {
  const size = width * height * channels
  targets.fill(0)
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number
    const from = index * size
    for (let j = 0; j < size; j++) xs[i * size + j] = (pixels[from + j] as number) / 255
    targets[i * classes + (labels[index] as number)] = 1
  }
}

/** [start, end) as indices. */
export function range(start: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, i) => start + i)
}
