/** Weights of another program: a model of Keras 3 with them predicts what Keras predicts. */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import '@tensorflow/tfjs-backend-cpu'
import { fitWeights } from '../jobs/initial-weights.ts'
import { freezeLayers } from '../jobs/topology/freeze.ts'
import { readTopology } from '../jobs/topology/read.ts'
import { keras3 } from '../jobs/topology/testing/keras3.ts'
import { FlatParams } from '../tensors/flat.ts'
import type { NamedTensors } from '../tensors/named.ts'
import { buildSeededModel } from './build.ts'
import { flatOnes, frozenOnes, layoutOf, modelTensors, readWeights, writeWeights } from './layout-of.ts'

beforeAll(async () => {
  await tf.setBackend('cpu')
})

const entries = Object.entries(keras3.weights) as unknown as [string, [number[], number[]]][]
const GIVEN: NamedTensors = {
  tensors: entries.map(([name, [shape]]) => ({ name, shape })),
  values: FlatParams.concat(entries.map(([, [, values]]) => Float32Array.from(values))),
}

describe('a model of Keras 3, with its weights', () => {
  it.each([[[]], [['conv', 'norm']]])('predicts what Keras does, with %j frozen', async (frozen) => {
    const model = await buildSeededModel(freezeLayers(readTopology(keras3.json), frozen), 1)
    const tensors = modelTensors(model)
    const drawn = { params: await readWeights(flatOnes(tensors)), base: await readWeights(frozenOnes(tensors)) }
    const layout = layoutOf(tensors)
    const { params, base } = fitWeights(layout, drawn, GIVEN, { source: 'keras', partial: false })
    writeWeights(flatOnes(tensors), params)
    writeWeights(frozenOnes(tensors), base)
    expect(new Set(layout.filter(({ role }) => role === 'frozen').map(({ name }) => name.split('/')[0]))).toEqual(
      new Set(frozen),
    )
    const predicted = await (model.predict(tf.tensor(keras3.inputs, [2, 3, 3, 1])) as tf.Tensor).data()
    const off = keras3.predictions.map((value, i) => Math.abs(value - (predicted[i] ?? Number.NaN)))
    expect(Math.max(...off)).toBeLessThan(1e-6)
    model.dispose()
  })
})

describe('what a wrapper wraps', () => {
  const wrapped = {
    class_name: 'Sequential',
    config: {
      name: 'wrapped',
      layers: [
        {
          class_name: 'Bidirectional',
          config: {
            name: 'both',
            merge_mode: 'concat',
            batch_input_shape: [null, 4, 3],
            layer: { class_name: 'LSTM', config: { name: 'memory', units: 2 } },
          },
        },
        { class_name: 'Dense', config: { name: 'answer', units: 2 } },
      ],
    },
  }

  it.each(['both', 'memory'])('is frozen with %s, and travels in no update', async (name) => {
    const model = await buildSeededModel(freezeLayers(wrapped, [name]), 1)
    const roles = layoutOf(modelTensors(model)).map((tensor) => [tensor.name.split('/')[0], tensor.role])
    expect(roles).toEqual([
      ...Array.from({ length: 6 }, () => ['both', 'frozen']),
      ['answer', 'trained'],
      ['answer', 'trained'],
    ])
    model.dispose()
  })
})
