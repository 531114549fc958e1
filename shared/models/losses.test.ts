import '@tensorflow/tfjs-backend-cpu'
// Gradients come with it.
import '@tensorflow/tfjs-layers'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, it } from 'vitest'
import { LOSSES, type LossName } from '../jobs/losses.ts'
import { lossByName } from './losses.ts'

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
})

const TARGETS = [
  [0, 1, 0],
  [1, 0, 0],
]
const PREDICTIONS = [
  [0.2, 0.5, 0.3],
  [0.9, 0.1, 2.5],
]
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
const errors = (i: number) => (TARGETS[i] as number[]).map((t, k) => Math.abs(t - (PREDICTIONS[i]?.[k] as number)))

/** By hand, from Keras' definitions: of the first example, and of the second where its outputs are no probabilities. */
const EXPECTED: { readonly [name in LossName]: readonly number[] } = {
  sparseCategoricalCrossentropy: [-Math.log(0.5), -Math.log(0.9)],
  categoricalCrossentropy: [-Math.log(0.5), -Math.log(0.9)],
  binaryCrossentropy: [-mean([Math.log(0.8), Math.log(0.5), Math.log(0.7)])],
  meanSquaredError: [0, 1].map((i) => mean(errors(i).map((e) => e * e))),
  meanAbsoluteError: [0, 1].map((i) => mean(errors(i))),
  huber: [0, 1].map((i) => mean(errors(i).map((e) => (e <= 1 ? e ** 2 / 2 : e - 0.5)))),
}

it.each(LOSSES)('%s is Keras’', (name) => {
  const losses = tf.tidy(() => lossByName(name)(tf.tensor2d(TARGETS), tf.tensor2d(PREDICTIONS)).dataSync())
  expect(losses.length).toBe(2)
  EXPECTED[name].forEach((value, i) => {
    expect(losses[i]).toBeCloseTo(value, 6)
  })
})

it.each(LOSSES)('%s has the slope of its differences', (name) => {
  const loss = (p: tf.Tensor) => tf.sum(lossByName(name)(tf.tensor2d(TARGETS), p as tf.Tensor2D))
  const at = PREDICTIONS.map((row) => row.map((p) => Math.min(p, 0.95)))
  const slopes = tf.tidy(() => tf.grad(loss)(tf.tensor2d(at)).dataSync())
  const value = (row: number, column: number, by: number) =>
    tf.tidy(() => {
      const moved = at.map((values, i) => values.map((p, k) => (i === row && k === column ? p + by : p)))
      return loss(tf.tensor2d(moved)).dataSync()[0] as number
    })
  at.forEach((values, i) => {
    values.forEach((_, k) => {
      const expected = (value(i, k, 1e-2) - value(i, k, -1e-2)) / 2e-2
      // Differences know a curve no better.
      expect(Math.abs((slopes[i * 3 + k] as number) - expected)).toBeLessThan(0.02 * Math.abs(expected) + 1e-3)
    })
  })
})

it('an unknown one is refused by name', () => {
  expect(() => lossByName('hinge')).toThrow(/No loss is named hinge; there are .*huber/)
})
