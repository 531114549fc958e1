import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { random } from '../../../shared/random/random.ts'
import { registerTrainingKernels } from '../wasm/register.ts'
import { distance } from '../wasm/testing.ts'
import { batchNormGradient } from './batch-norm.ts'
import { registerGradients } from './register.ts'
import { slopes } from './testing.ts'

const EPSILON = 1e-3

/** In float64, by its definition, the loss being Σ y·dy. Rows of `channels`. */
function loss(x: Float64Array, [mean, variance, scale, offset]: Float64Array[], dy: Float64Array) {
  return x.reduce((sum, value, at) => {
    const c = at % (mean?.length ?? 1)
    const normal = (value - (mean?.[c] as number)) / Math.sqrt((variance?.[c] as number) + EPSILON)
    return sum + (normal * (scale?.[c] as number) + (offset?.[c] as number)) * (dy[at] as number)
  }, 0)
}

describe.each(['cpu', 'wasm'])('the gradient of batch normalisation on %s', (backend) => {
  beforeAll(async () => {
    registerTrainingKernels()
    registerGradients()
    expect(await tf.setBackend(backend)).toBe(true)
  })

  it('is ours', () => {
    expect(tf.getBackend()).toBe(backend)
    expect(tf.getGradient(tf.FusedBatchNorm)).toBe(batchNormGradient)
  })

  it.each([
    ['rows', [6, 5], 5],
    ['a sequence', [3, 4, 2], 2],
    ['images', [2, 3, 4, 7], 7],
    ['as layer normalisation calls it: each element has its own', [3, 4], 12],
  ] as const)('is that of differences: %s', async (_, shape, channels) => {
    const draws = random(shape.length, 'batch norm')
    const size = shape.reduce((n: number, d) => n * d, 1)
    const drawn = (n: number, f = (z: number) => z) =>
      Float64Array.from({ length: n }, () => Math.fround(f(draws.normal())))
    const [x, dy] = [drawn(size), drawn(size)]
    const params = [drawn(channels), drawn(channels, (z) => 0.2 + z * z), drawn(channels), drawn(channels)]
    const tensors = [
      tf.tensor(Float32Array.from(x), [...shape]),
      ...params.map((p) => tf.tensor(Float32Array.from(p), channels === size ? [...shape] : [channels])),
    ]
    const upstream = tf.tensor(Float32Array.from(dy), [...shape])
    const before = tf.memory().numTensors
    const own = tf.grads((a, mean, variance, scale, offset) =>
      tf.batchNorm(
        a as tf.Tensor4D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        EPSILON,
      ),
    )(tensors, upstream)
    expect(tf.memory().numTensors).toBe(before + tensors.length)
    for (const [i, values] of [x, ...params].entries()) {
      const expected = slopes(values, () => loss(x, params, dy))
      expect(own[i]?.shape).toEqual(tensors[i]?.shape)
      expect(distance((await own[i]?.data()) ?? [], expected)).toBeLessThan(1e-4)
    }
    tf.dispose([own, tensors, upstream])
  })
})
