/** On webgl, a tab's examples as tensors on the device: batches need not be brought there one by one. */
import * as tf from '@tensorflow/tfjs-core'
import {
  arraysFor,
  arraysOf,
  type Batch,
  type BatchArrays,
  batchOf,
  type Examples,
  range,
  widthOf,
} from '../../../shared/models/examples.ts'
import type { Pass } from '../../../shared/models/writers.ts'
import { mostInTexture } from '../backends/webgl.ts'

/** Others need the device's memory too. */
export const MOST_RESIDENT_BYTES = 256 * 2 ** 20

const BYTES = Float32Array.BYTES_PER_ELEMENT

export class ResidentExamples {
  /** By a batch's size, for backends that copy what they are given. */
  private readonly written = new Map<number, BatchArrays>()
  private held: { readonly source: object; readonly xs: tf.Tensor; readonly targets: tf.Tensor2D } | null = null

  /**
   * Has these examples on the device, where they fit and stay as they are; what was there before is let go of. On wasm and cpu a batch is written to
   * the memory that is computed in; on webgpu recorded steps have the examples on the device, and others have no memory to lose.
   */
  bring(examples: Examples): void {
    if (this.held?.source === examples.source) return
    this.dispose()
    const { count, shape, outputs, source } = examples
    const [values, labels] = [count * widthOf(examples), count * outputs]
    if (examples.varied || tf.getBackend() !== 'webgl' || (values + labels) * BYTES > MOST_RESIDENT_BYTES) return
    if (Math.max(values, labels) > mostInTexture()) return
    const { xs, targets } = arraysOf(examples, range(0, count))
    this.held = {
      source,
      xs: tf.keep(tf.tensor(xs, [count, ...shape])),
      targets: tf.keep(tf.tensor2d(targets, [count, outputs])),
    }
  }

  /** Those of these indices in a pass. The caller disposes of both. */
  batch(examples: Examples, indices: Uint32Array, pass: Pass): Batch {
    if (this.held?.source !== examples.source) return this.broughtBatch(examples, indices, pass)
    const { xs, targets } = this.held
    return tf.tidy(() => {
      const which = tf.tensor1d(Int32Array.from(indices), 'int32')
      return { xs: tf.gather(xs, which), targets: tf.gather(targets, which) }
    })
  }

  /** Arrays that are made anew for each step are most of what is collected as garbage; in hidden tabs that happens often. */
  private broughtBatch(examples: Examples, indices: Uint32Array, pass: Pass): Batch {
    if (tf.getBackend() !== 'wasm') return batchOf(examples, arraysOf(examples, indices, pass))
    const arrays = this.written.get(indices.length) ?? arraysFor(examples, indices.length)
    this.written.set(indices.length, arrays)
    examples.write(indices, arrays.xs, arrays.targets, pass)
    return batchOf(examples, arrays)
  }

  dispose(): void {
    this.written.clear()
    if (this.held) tf.dispose([this.held.xs, this.held.targets])
    this.held = null
  }
}
