import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { random } from '../../../shared/random/random.ts'
import { registerTrainingKernels } from '../wasm/register.ts'
import { registerGradients } from './register.ts'
import { meanGradient, sumGradient } from './sums.ts'

const CASES: [shape: number[], axes: number[]][] = [
  [[5], [0]],
  [[2, 3, 5], [0]],
  [[2, 3, 5], [1]],
  [[2, 3, 5], [2]],
  [[2, 3, 5], [-1]],
  [
    [2, 3, 5],
    [0, 1],
  ],
  [
    [2, 3, 5],
    [1, 2],
  ],
  [
    [2, 3, 5],
    [0, 2],
  ],
  [
    [2, 3, 5],
    [0, 1, 2],
  ],
  [
    [3, 4, 4, 6],
    [1, 2],
  ],
  [[3, 1, 9], [1]],
  [
    [2, 1, 3, 2, 2],
    [1, 3],
  ],
  [
    [2, 3, 1, 2, 2, 2],
    [0, 1, 4],
  ],
]

describe.each(['cpu', 'wasm'])('the gradients of sums and means on %s', (backend) => {
  beforeAll(async () => {
    registerTrainingKernels()
    registerGradients()
    expect(await tf.setBackend(backend)).toBe(true)
  })

  it('are ours', () => {
    expect(tf.getBackend()).toBe(backend)
    expect([tf.getGradient(tf.Sum), tf.getGradient(tf.Mean)]).toEqual([sumGradient, meanGradient])
  })

  it.each(CASES.flatMap(([shape, axes]) => [false, true].map((kept) => [shape, axes, kept] as const)))(
    'of %j over %j, kept as dimensions: %s',
    (shape, axes, kept) => {
      const draws = random(shape.length, 'sums')
      const reduced = shape.map((_, axis) => axes.some((a) => (a + shape.length) % shape.length === axis))
      const outer = shape.map((d, axis) => (reduced[axis] ? 1 : d))
      const size = outer.reduce((n, d) => n * d, 1)
      const slopes = Float32Array.from({ length: size }, () => draws.normal())
      const x = tf.ones(shape)
      const dy = tf.tensor(slopes, kept ? outer : outer.filter((_, axis) => !reduced[axis]))
      const before = tf.memory().numTensors
      const ids = tf.backend().numDataIds()
      const [sum] = tf.grads((a) => tf.sum(a, axes, kept))([x], dy)
      const [mean] = tf.grads((a) => tf.mean(a, axes, kept))([x], dy)
      expect(tf.memory().numTensors).toBe(before + 2)
      expect(tf.backend().numDataIds()).toBeLessThanOrEqual(ids + 2)
      const expected = Array.from({ length: x.size }, (_, at) => {
        let [rest, stride, to] = [at, 1, 0]
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          const index = rest % (shape[axis] as number)
          rest = (rest - index) / (shape[axis] as number)
          if (!reduced[axis]) to += index * stride
          stride *= outer[axis] as number
        }
        return slopes[to] as number
      })
      expect(Array.from(sum?.dataSync() ?? [])).toEqual(expected)
      const count = x.size / size
      mean?.dataSync().forEach((value, at) => {
        expect(value).toBeCloseTo((expected[at] as number) / count, 6)
      })
      tf.dispose([x, dy, sum, mean])
    },
  )

  it('of nothing have its shape', () => {
    const shapes = tf.tidy(() =>
      [0, 1].map((axis) => tf.grad((x) => tf.sum(x, axis))(tf.zeros([0, 3]), tf.zeros([[3, 0][axis] as number])).shape),
    )
    expect(shapes).toEqual([
      [0, 3],
      [0, 3],
    ])
  })

  it('tiles of what is no dimension of 1 are as they were', () => {
    const tiles = tf.tidy(() =>
      Array.from(
        tf
          .tile(
            tf.tensor2d([
              [1, 2, 3],
              [4, 5, 6],
            ]),
            [2, 2],
          )
          .dataSync(),
      ),
    )
    expect(tiles).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
  })
})
