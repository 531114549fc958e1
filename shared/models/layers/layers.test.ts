import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Topology } from '../../jobs/models.ts'
import { buildModel, buildSeededModel } from '../build.ts'
import { MultiHeadAttention, type MultiHeadAttentionArgs } from './multi-head-attention.ts'
import { PositionEmbedding } from './position-embedding.ts'

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
})

function attentive(args: Partial<MultiHeadAttentionArgs> = {}) {
  const x = input({ shape: [4, 6] })
  const places = new PositionEmbedding({ name: 'places' }).apply(x) as SymbolicTensor
  const attention = new MultiHeadAttention({ name: 'attention', numHeads: 2, keyDim: 3, ...args })
  return model({ inputs: x, outputs: attention.apply(places) as SymbolicTensor })
}

describe('attention and places', () => {
  it('have Keras’ weights, by name and shape', () => {
    const made = attentive({ valueDim: 5 })
    expect(made.weights.map(({ originalName, shape }) => [originalName, shape])).toEqual([
      ['places/embeddings', [4, 6]],
      ['attention/query/kernel', [6, 2, 3]],
      ['attention/query/bias', [2, 3]],
      ['attention/key/kernel', [6, 2, 3]],
      ['attention/key/bias', [2, 3]],
      ['attention/value/kernel', [6, 2, 5]],
      ['attention/value/bias', [2, 5]],
      ['attention/attention_output/kernel', [2, 5, 6]],
      ['attention/attention_output/bias', [6]],
    ])
    expect(made.outputs[0]?.shape).toEqual([null, 4, 6])
    made.dispose()
  })

  it('are what their JSON says, and seeded', async () => {
    const draft = attentive({ causal: true, useBias: false, dropout: 0.25 })
    const topology = draft.toJSON(null, false) as unknown as Topology
    const [one, same] = [await buildSeededModel(topology, 3), await buildSeededModel(topology, 3)]
    const other = await buildSeededModel(topology, 4)
    const values = (made: typeof one) => made.getWeights().map((w) => Array.from(w.dataSync()))
    expect(values(one)).toEqual(values(same))
    expect(values(one)).not.toEqual(values(other))
    const attention = one.getLayer('attention') as MultiHeadAttention
    expect(attention.getConfig()).toMatchObject({ numHeads: 2, keyDim: 3, causal: true, useBias: false, dropout: 0.25 })
    const [query, key] = ['query', 'key'].map((name) => attention.weights.find((w) => w.originalName.includes(name)))
    expect(Array.from(query?.read().dataSync() ?? [])).not.toEqual(Array.from(key?.read().dataSync() ?? []))
    const again = await buildModel(one.toJSON(null, false) as unknown as Topology)
    expect(again.toJSON(null, false)).toEqual(one.toJSON(null, false))
    for (const made of [draft, one, same, other, again]) made.dispose()
  })

  it('causal: what comes later does not matter to a place, else it does', () => {
    const at = tf.randomNormal([1, 4, 6], 0, 1, 'float32', 1)
    const later = tf.concat([tf.slice(at, [0, 0, 0], [1, 3, 6]), tf.ones([1, 1, 6])], 1)
    const differences = [true, false].map((causal) => {
      const made = attentive({ causal })
      const [a, b] = [at, later].map((x) => (made.predict(x) as tf.Tensor).dataSync())
      made.dispose()
      return Math.max(...Array.from({ length: 18 }, (_, i) => Math.abs((a?.[i] as number) - (b?.[i] as number))))
    })
    expect(differences[0]).toBe(0)
    expect(differences[1]).toBeGreaterThan(1e-4)
    tf.dispose([at, later])
  })

  it.each([
    [{ numHeads: 0 }, /num_heads is 0\. Give a whole number from 1/],
    [{ keyDim: 1.5 }, /key_dim is 1\.5/],
    [{ dropout: 1 }, /dropout is 1\. Give 0 or more, below 1/],
    [{ attentionAxes: [1] } as never, /attentionAxes is not supported/],
    [{ kernelInitializer: 'nonsense' }, /No initializer is named Nonsense/],
  ])('refuse %j', (args, why) => {
    expect(() => attentive(args)).toThrow(why)
  })

  it('refuse inputs that are no sequences of vectors', () => {
    const flat = input({ shape: [6] })
    expect(() => new MultiHeadAttention({ numHeads: 1, keyDim: 1 }).apply(flat)).toThrow(/\[batch, time, features\]/)
    expect(() => new PositionEmbedding({}).apply(flat)).toThrow(/\[batch, time, features\]/)
    expect(() => new PositionEmbedding({}).apply(input({ shape: [null, 6] }))).toThrow(/time and features known/)
  })
})
