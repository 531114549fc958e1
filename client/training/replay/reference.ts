/** What an unrecorded step gives, read from the device, before memory for a recorded one is taken. */
import * as tf from '@tensorflow/tfjs-core'
import { TributaryError } from '../../../shared/errors/error.ts'
import { arraysOf, batchOf, type Examples, range } from '../../../shared/models/examples.ts'
import type { TrainSettings } from '../../../shared/protocol/participant.ts'
import { OnTensors } from '../optimizers/on-tensors.ts'
import { type Differentiate, keyOf } from '../steps/differentiate.ts'
import { read, whole } from './device.ts'
import type { DeviceWeights } from './device-weights.ts'
import { untouched } from './held-weights.ts'
import { bufferOf, emptyPool, oneByOne, type WebGpuBackend } from './internals.ts'

export interface Reference {
  readonly sums: Float32Array
  /** Of the trained weights, in their order. */
  readonly gradients: readonly Float32Array[]
  /** All, after the forward pass, which moves statistics. */
  readonly weights: readonly Float32Array[]
  /** The trained weights after an update with these gradients at each of the CHECK_RATES. */
  readonly updated: readonly Float32Array[]
}

interface Step {
  readonly backend: WebGpuBackend
  readonly weights: DeviceWeights
  readonly differentiate: Differentiate
  readonly examples: Examples
  readonly size: number
  readonly settings: TrainSettings
}

/** The draws of a checked step. */
export const CHECK_KEY = keyOf(0, 0)

/** Updates that are compared: enough for what an optimizer remembers to matter, at rates that can be seen. */
export const CHECK_RATES = [0.01, 0.03, 0.02]

/**
 * Of the first `size` examples. Throws 'training/diverged' where it is not finite: with such weights no step would be.
 */
export async function referenceOf({
  backend,
  weights,
  differentiate,
  examples,
  size,
  settings,
}: Step): Promise<Reference> {
  const reference = await untouched(weights.variables, async () => {
    const derived = oneByOne(() =>
      tf.tidy(() => {
        const { gradients, sums } = differentiate(
          batchOf(examples, arraysOf(examples, range(0, size))),
          tf.tensor1d(CHECK_KEY),
        )
        const used = gradients.filter((gradient) => gradient.size > 0)
        return { gradients: used.map((gradient) => tf.keep(gradient)), sums: tf.keep(sums) }
      }),
    )
    // What the step no longer needs would lie beside what it is read into.
    emptyPool(backend)
    const trained = weights.variables.slice(0, weights.trained)
    const optimizer = new OnTensors(settings.optimizer, trained)
    try {
      const sums = await valuesOf(backend, derived.sums)
      const gradients = await allValuesOf(backend, derived.gradients)
      const all = await allValuesOf(backend, weights.variables)
      for (const rate of CHECK_RATES) {
        oneByOne(() => optimizer.apply(derived.gradients, rate))
        emptyPool(backend)
      }
      return { sums, gradients, weights: all, updated: await allValuesOf(backend, trained) }
    } finally {
      optimizer.dispose()
      tf.dispose([derived.gradients, derived.sums])
    }
  })
  emptyPool(backend)
  for (const values of [reference.sums, ...reference.gradients, ...reference.weights]) {
    if (values.some((value) => !Number.isFinite(value)))
      throw new TributaryError(
        'training/diverged',
        'A first step’s loss or gradients are not finite. A smaller learning rate helps.',
      )
  }
  return reference
}

/** Not tensor.data(), which keeps what it has read. */
function valuesOf(backend: WebGpuBackend, tensor: tf.Tensor): Promise<Float32Array> {
  return read(backend, whole(bufferOf(backend, tensor)))
}

async function allValuesOf(backend: WebGpuBackend, tensors: readonly tf.Tensor[]): Promise<Float32Array[]> {
  const all: Float32Array[] = []
  for (const tensor of tensors) {
    all.push(await valuesOf(backend, tensor))
    // What it was read through.
    emptyPool(backend)
  }
  return all
}
