import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-layers'
import * as tf from '@tensorflow/tfjs-core'
import * as fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { crossEntropyOnHost } from './host-loss.ts'
import { crossEntropyOfScores } from './logits.ts'

beforeAll(async () => {
  await tf.setBackend('cpu')
})

const numbers = (tensor: tf.Tensor) => Array.from(tensor.dataSync())

it('is the loss, the gradient and the accuracy that its operations give one by one', () => {
  void fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 2, max: 5 }),
      fc.integer({ min: 0, max: 1000 }),
      fc.boolean(),
      (batch, classes, seed, weighted) => {
        const before = tf.memory().numTensors
        tf.tidy(() => {
          const scores = tf.randomNormal([batch, classes], 0, 20, 'float32', seed) as tf.Tensor2D
          const labels = tf.randomUniform([batch], 0, classes, 'int32', seed + 1) as tf.Tensor1D
          const targets = tf.cast(tf.oneHot(labels, classes), 'float32') as tf.Tensor2D
          const weights = weighted ? Array.from({ length: classes }, (_, i) => i / 2) : null
          const perExample = (z: tf.Tensor) => {
            const losses = crossEntropyOfScores(targets, z as tf.Tensor2D)
            return weights ? tf.mul(losses, tf.sum(tf.mul(targets, tf.tensor1d(weights)), -1)) : losses
          }
          const expected = tf.valueAndGrad((z: tf.Tensor) => tf.mean(perExample(z)))(scores)
          const right = tf.sum(tf.equal(tf.argMax(scores, -1), labels)).dataSync()[0]
          for (const accuracy of [true, false]) {
            let sums: tf.Tensor1D | undefined
            const ours = tf.valueAndGrad((z: tf.Tensor) => {
              const given = crossEntropyOnHost(targets, z as tf.Tensor2D, weights, accuracy)
              sums = given.sums
              return given.mean
            })(scores)
            const [loss = Number.NaN, measured] = numbers(sums as tf.Tensor1D)
            const total = tf.sum(perExample(scores)).dataSync()[0] as number
            expect(loss).toBeCloseTo(total, 3)
            if (accuracy) expect(measured).toBe(right)
            else expect(measured).toBe(loss)
            expect(numbers(ours.value)[0]).toBeCloseTo(numbers(expected.value)[0] as number, 3)
            const slopes = numbers(expected.grad)
            numbers(ours.grad).forEach((slope, i) => {
              expect(Math.abs(slope - (slopes[i] as number))).toBeLessThan(1e-6)
            })
            sums?.dispose()
          }
        })
        expect(tf.memory().numTensors).toBe(before)
      },
    ),
    { numRuns: 60 },
  )
})
