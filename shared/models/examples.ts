/** A dataset's examples as a model takes them, batch by batch. */
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { type Dataset, subset } from '../datasets/dataset.ts'
import { TributaryError } from '../errors/error.ts'
import { elements } from '../tensors/layout.ts'
import { type Pass, targetWriter, valueWriter, variedWriter } from './writers.ts'

export interface Examples {
  /** Stands for their values: as long as it is the same object, they are the same. */
  readonly source: object
  readonly count: number
  /** Of one example, as the model takes it. */
  readonly shape: readonly number[]
  /** Values of one example's target. */
  readonly outputs: number
  /** Whether they are others in each pass. */
  readonly varied: boolean
  /**
   * Writes the examples of these indices one after the other: their values, and their targets. Whatever was in `xs`
   * [indices × shape] and `targets` [indices × outputs] is overwritten. With a pass, as training is given them in it; otherwise
   * as they are.
   */
  write(indices: ArrayLike<number>, xs: Float32Array, targets: Float32Array, pass?: Pass): void
}

/** Examples that are not yet a model's. */
export interface ExampleSource {
  readonly count: number
  /** As this model takes them; the first `most` alone, where it is given. Throws 'job/untrainable' where they do not fit it. */
  for(model: LayersModel, most?: number): Examples
}

export function sourceOf(data: Dataset): ExampleSource {
  return {
    count: data.count,
    for: (model, most) => examplesFor(model, most === undefined ? data : subset(data, range(0, most))),
  }
}

/**
 * Throws 'job/untrainable' where such examples do not fit the model. A class is a one-hot vector, or, of two classes and for a
 * model with one output, 0 or 1.
 */
export function examplesFor(model: LayersModel, data: Dataset): Examples {
  const shape = inputShape(model, data.shape)
  const outputs = outputWidth(model, data.targets)
  const writeValues = valueWriter(data)
  const writeVaried = variedWriter(data)
  const writeTargets = targetWriter(data.targets, outputs)
  return {
    source: data,
    count: data.count,
    shape,
    outputs,
    varied: writeVaried !== null,
    write(indices, xs, targets, pass) {
      if (pass && writeVaried) writeVaried(indices, xs, pass)
      else writeValues(indices, xs)
      writeTargets(indices, targets)
    },
  }
}

/** The shape of one example as the model takes it. Throws 'job/untrainable' where examples of this shape do not fit. */
export function inputShape(model: LayersModel, given: readonly number[]): number[] {
  const shape = (model.inputs[0]?.shape.slice(1) ?? []).map((d, i) => d ?? given[i] ?? 0)
  if (model.inputs.length !== 1 || elements(shape) !== elements(given)) {
    throw new TributaryError(
      'job/untrainable',
      `The model takes ${model.inputs.length} input(s) of shape [${shape.join(', ')}], the job’s examples have the shape [${given.join(', ')}]. Make the two agree.`,
    )
  }
  return shape
}

type Wanted = { readonly classes: number } | { readonly outputs: number }

/** Values of one example's target. Throws 'job/untrainable' where the model's output is not what the targets need. */
export function outputWidth(model: LayersModel, targets: Wanted): number {
  const shape = model.outputs[0]?.shape.slice(1) ?? []
  const [width] = shape
  const flat = model.outputs.length === 1 && shape.length === 1
  if ('classes' in targets) {
    const { classes } = targets
    if (flat && (width === classes || (width === 1 && classes === 2))) return width
    throw new TributaryError(
      'job/untrainable',
      `The model’s output has the shape [${shape.join(', ')}], the job has ${classes} classes. End the model with one value per class.`,
    )
  }
  if (flat && width === targets.outputs) return width
  throw new TributaryError(
    'job/untrainable',
    `The model’s output has the shape [${shape.join(', ')}], the job’s targets have ${targets.outputs} value(s). End the model with as many.`,
  )
}

/** Values of one example. */
export const widthOf = ({ shape }: Examples): number => elements(shape)

/** Values and targets of a batch, one example after the other. */
export interface BatchArrays {
  readonly xs: Float32Array
  readonly targets: Float32Array
}

export interface Batch {
  readonly xs: tf.Tensor
  readonly targets: tf.Tensor2D
}

/** For so many examples, which are yet to be written. */
export function arraysFor(examples: Examples, count: number): BatchArrays {
  return { xs: new Float32Array(count * widthOf(examples)), targets: new Float32Array(count * examples.outputs) }
}

/** Those of these indices; in a pass of training, where one is given. */
export function arraysOf(examples: Examples, indices: ArrayLike<number>, pass?: Pass): BatchArrays {
  const arrays = arraysFor(examples, indices.length)
  examples.write(indices, arrays.xs, arrays.targets, pass)
  return arrays
}

/** As tensors. The caller disposes of both. */
export function batchOf({ shape, outputs }: Examples, { xs, targets }: BatchArrays): Batch {
  const n = targets.length / outputs
  return { xs: tf.tensor(xs, [n, ...shape]), targets: tf.tensor2d(targets, [n, outputs]) }
}

/** [start, end) as indices. */
export function range(start: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, i) => start + i)
}
