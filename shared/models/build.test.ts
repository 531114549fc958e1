import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { layers, sequential } from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Topology } from '../jobs/models.ts'
import { buildBlankModel, buildModel, buildSeededModel } from './build.ts'

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
})

describe('a model with recurrent layers, whose initializers are orthogonal', () => {
  it.each([
    ['gru', () => layers.gru({ units: 3, inputShape: [4, 2] })],
    ['lstm', () => layers.lstm({ units: 3, inputShape: [4, 2] })],
    ['simpleRNN', () => layers.simpleRNN({ units: 3, inputShape: [4, 2] })],
    [
      'bidirectional',
      () => layers.bidirectional({ layer: layers.gru({ units: 3 }) as never, inputShape: [4, 2], mergeMode: 'concat' }),
    ],
  ])('can be built: %s', async (_, layer) => {
    const draft = sequential({ layers: [layer(), layers.dense({ units: 2 })] })
    const topology = draft.toJSON(null, false) as unknown as Topology
    draft.dispose()
    const [model, again] = [await buildSeededModel(topology, 5), await buildSeededModel(topology, 5)]
    const values = (m: typeof model) => m.getWeights().map((w) => Array.from(w.dataSync()))
    expect(values(model)).toEqual(values(again))
    // Rows or columns of an orthogonal matrix are of length 1.
    const recurrent = model.weights
      .find(({ originalName }) => originalName.includes('recurrent'))
      ?.read() as tf.Tensor2D
    const lengths = tf.tidy(() => Array.from(tf.sum(tf.square(recurrent), 1).dataSync()))
    for (const length of lengths) expect(length).toBeCloseTo(1, 4)
    model.dispose()
    again.dispose()
  })
})

describe('a model whose weights come from elsewhere', () => {
  it('has the same weights by name and shape, all 0', async () => {
    const draft = sequential({
      layers: [
        layers.gru({ units: 3, inputShape: [4, 2] }),
        layers.batchNormalization(),
        layers.dense({ units: 2, biasInitializer: 'ones' }),
      ],
    })
    const topology = draft.toJSON(null, false) as unknown as Topology
    const [blank, usual] = [await buildBlankModel(topology), await buildModel(topology)]
    const named = (model: typeof blank) => model.weights.map(({ originalName, shape }) => [originalName, shape])
    expect(named(blank)).toEqual(named(usual))
    expect(
      blank
        .getWeights()
        .flatMap((w) => Array.from(w.dataSync()))
        .every((value) => value === 0),
    ).toBe(true)
    expect(usual.getWeights().some((w) => w.dataSync().some((value) => value !== 0))).toBe(true)
    for (const model of [draft, blank, usual]) model.dispose()
  })
})
