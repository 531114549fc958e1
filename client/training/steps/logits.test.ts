import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { input, layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import { binaryCrossEntropyOfScores, crossEntropyOfScores, without } from './logits.ts'

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
})

const targets = () =>
  tf.tensor2d([
    [0, 1, 0],
    [1, 0, 0],
  ])

describe('cross-entropy of scores', () => {
  it('is that of their softmax, and its gradient is probability minus target', () => {
    const scores = [
      [0.5, -1, 2],
      [3, 0.25, -0.5],
    ]
    const powers = scores.map((row) => row.map(Math.exp))
    const shares = powers.map((row) => row.map((p) => p / row.reduce((a, b) => a + b, 0)))
    tf.tidy(() => {
      const losses = crossEntropyOfScores(targets(), tf.tensor2d(scores)).dataSync()
      expect(losses[0]).toBeCloseTo(-Math.log(shares[0]?.[1] as number), 6)
      expect(losses[1]).toBeCloseTo(-Math.log(shares[1]?.[0] as number), 6)
      const gradient = tf.grad((z) => tf.sum(crossEntropyOfScores(targets(), z as tf.Tensor2D)))(tf.tensor2d(scores))
      const expected = shares.flat().map((p, i) => p - (targets().dataSync()[i] as number))
      gradient.dataSync().forEach((g, i) => {
        expect(g).toBeCloseTo(expected[i] as number, 6)
      })
    })
  })

  it('is finite, and teaches, where a probability is too small for a float32', () => {
    tf.tidy(() => {
      const scores = tf.tensor2d([
        [300, 0, -300],
        [0, 0, 500],
      ])
      expect(Array.from(crossEntropyOfScores(targets(), scores).dataSync())).toEqual([300, 500])
      const gradient = tf.grad((z) => tf.sum(crossEntropyOfScores(targets(), z as tf.Tensor2D)))(scores)
      gradient.dataSync().forEach((g, i) => {
        expect(g).toBeCloseTo([1, -1, 0, -1, 0, 1][i] as number, 6)
      })
    })
  })
})

describe('binary cross-entropy of scores', () => {
  it('is that of their sigmoid, its gradient probability minus target, finite at any score', () => {
    const scores = [
      [0.5, -1, 200],
      [-200, 0.25, -0.5],
    ]
    const wanted = [
      [1, 0, 0],
      [1, 1, 0],
    ]
    const loss = (z: number, t: number) => Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z)))
    tf.tidy(() => {
      const losses = binaryCrossEntropyOfScores(tf.tensor2d(wanted), tf.tensor2d(scores)).dataSync()
      scores.forEach((row, i) => {
        const expected = row.reduce((sum, z, k) => sum + loss(z, wanted[i]?.[k] as number), 0) / 3
        expect(losses[i]).toBeCloseTo(expected, 4)
      })
      // Where the probability can be told from 0 and 1, by its definition.
      expect(loss(0.5, 1)).toBeCloseTo(-Math.log(1 / (1 + Math.exp(-0.5))), 12)
      const total = (z: tf.Tensor) => tf.sum(binaryCrossEntropyOfScores(tf.tensor2d(wanted), z as tf.Tensor2D))
      const gradient = tf.grad(total)(tf.tensor2d(scores)).dataSync()
      scores.flat().forEach((z, i) => {
        expect(gradient[i]).toBeCloseTo((1 / (1 + Math.exp(-z)) - (wanted.flat()[i] as number)) / 3, 6)
      })
    })
  })
})

describe('a model without its softmax', () => {
  it.each([
    ['a dense layer’s', () => [layers.dense({ units: 3, activation: 'softmax', inputShape: [2] })]],
    [
      'an activation',
      () => [layers.dense({ units: 3, inputShape: [2] }), layers.activation({ activation: 'softmax' })],
    ],
    ['a layer of its own', () => [layers.dense({ units: 3, inputShape: [2] }), layers.softmax()]],
  ])('gives the scores before it, and is itself again afterwards: %s', (_, make) => {
    const made = sequential({ layers: make() })
    const x = tf.tensor2d([[1, -2]])
    const run = () => made.apply(x, { training: true }) as tf.Tensor2D
    const bare = without('softmax', made)
    expect(bare).not.toBeNull()
    tf.tidy(() => {
      const scores = (bare as <T>(run: () => T) => T)(run)
      const shares = run()
      expect(Array.from(tf.softmax(scores).dataSync())).toEqual(Array.from(shares.dataSync()))
      expect(tf.sum(shares).dataSync()[0]).toBeCloseTo(1, 6)
      expect(tf.sum(scores).dataSync()[0]).not.toBeCloseTo(1, 3)
    })
    x.dispose()
    made.dispose()
  })

  it('is none where its last layer is used twice', () => {
    const x = input({ shape: [3] })
    const softmax = layers.activation({ activation: 'softmax' })
    const inner = softmax.apply(x) as SymbolicTensor
    const twice = model({
      inputs: x,
      outputs: softmax.apply(layers.dense({ units: 3 }).apply(inner)) as SymbolicTensor,
    })
    expect(without('softmax', twice)).toBeNull()
    twice.dispose()
  })

  it('is none where it does not end in one', () => {
    const made = sequential({
      layers: [layers.dense({ units: 3, activation: 'softmax', inputShape: [2] }), layers.dense({ units: 3 })],
    })
    expect(without('softmax', made)).toBeNull()
    made.dispose()
  })
})
