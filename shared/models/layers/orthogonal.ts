/**
 * Orthogonal initial weights (Saxe et al. 2013, arXiv:1312.6120), as recurrent layers have them by default. tfjs-layers' own
 * takes 17 s for a GRU of 128: its QR decomposition is made of tensors, column by column.
 */
import * as tf from '@tensorflow/tfjs-core'
import { random } from '../../random/random.ts'
import { elements } from '../../tensors/layout.ts'
import type { Initializer } from './initializer.ts'

const ANY = 2 ** 31

export class Orthogonal extends tf.serialization.Serializable {
  static readonly className = 'Orthogonal'
  private readonly gain: number
  private readonly seed: number | null

  constructor({ gain, seed }: { readonly gain?: number | null; readonly seed?: number | null } = {}) {
    super()
    this.gain = gain ?? 1
    this.seed = seed ?? null
  }

  /** All dimensions but the last one are one: the rows, or where there are fewer of them the columns, are orthonormal. */
  apply(shape: number[]): tf.Tensor {
    const columns = shape.at(-1) ?? 1
    const rows = elements(shape.slice(0, -1))
    const draws = random(this.seed ?? Math.floor(Math.random() * ANY), 'orthogonal', rows, columns)
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)]
    const vectors = orthonormal(count, length, () => draws.normal())
    const values = new Float32Array(rows * columns)
    vectors.forEach((vector, i) => {
      for (let j = 0; j < length; j++) {
        values[rows < columns ? i * columns + j : j * columns + i] = this.gain * (vector[j] as number)
      }
    })
    return tf.tensor(values, shape)
  }

  getConfig(): tf.serialization.ConfigDict {
    return { gain: this.gain, seed: this.seed }
  }
}

/** Normal vectors made orthonormal one after the other (modified Gram-Schmidt: Golub and Van Loan, algorithm 5.2.6). */
function orthonormal(count: number, length: number, draw: () => number): Float64Array[] {
  const vectors = Array.from({ length: count }, () => Float64Array.from({ length }, draw))
  vectors.forEach((vector, i) => {
    const size = Math.sqrt(dot(vector, vector))
    for (let k = 0; k < length; k++) vector[k] = (vector[k] as number) / size
    for (const other of vectors.slice(i + 1)) {
      const part = dot(vector, other)
      for (let k = 0; k < length; k++) other[k] = (other[k] as number) - part * (vector[k] as number)
    }
  })
  return vectors
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number)
  return sum
}

// In the place of tfjs-layers' own, wherever one is named so.
tf.serialization.registerClass(Orthogonal as unknown as tf.serialization.SerializableConstructor<Initializer>)
