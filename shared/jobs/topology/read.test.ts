import { describe, expect, it } from 'vitest'
import { errorInfo } from '../../errors/error.ts'
import { mlp } from '../models.ts'
import { PRESETS } from '../presets/presets.ts'
import { readTopology } from './read.ts'
import { keras3 } from './testing/keras3.ts'

const fault = (json: unknown) => {
  try {
    readTopology(json)
  } catch (thrown) {
    const { code, message } = errorInfo(thrown)
    return `${code}: ${message}`
  }
  return 'nothing was thrown'
}

describe('a topology', () => {
  it('of our own, or tfjs’, stays as it is', () => {
    const example = { shape: [28, 28, 1], outputs: 10, activation: 'softmax', tokens: null } as const
    for (const topology of [mlp(4, [3], 2), PRESETS['mobilenet-small'].make(example), PRESETS.lenet.make(example)])
      expect(readTopology(topology)).toEqual(topology)
  })

  it('is found in a whole model.json, and where Keras’ h5 files have it', () => {
    const topology = mlp(4, [3], 2)
    expect(readTopology({ format: 'layers-model', modelTopology: topology, weightsManifest: [] })).toEqual(topology)
    const wrapped = { keras_version: '2.15.0', backend: 'tensorflow', model_config: topology, training_config: {} }
    expect(readTopology({ modelTopology: wrapped })).toEqual(topology)
  })

  it('of Keras 3 is brought into the form that TensorFlow.js reads, and is that form then', () => {
    const read = readTopology(keras3.json)
    const text = JSON.stringify(read)
    expect(text).not.toMatch(/"module"|registered_name|DTypePolicy|keras_history|batch_shape|silu|build_config/)
    expect(read).toMatchObject({ class_name: 'Functional', config: { input_layers: [['picture', 0, 0]] } })
    const { layers } = read.config as { layers: { name: string; inbound_nodes: unknown; config: object }[] }
    const sum = layers.find(({ name }) => name === 'sum')
    expect(sum?.inbound_nodes).toEqual([
      [
        ['norm', 0, 0, {}],
        ['side', 0, 0, {}],
      ],
    ])
    expect(layers.find(({ name }) => name === 'conv')?.config).toMatchObject({
      activation: 'swish',
      dtype: 'float32',
      kernel_regularizer: { class_name: 'L1L2', config: { l1: 0, l2: 0.01 } },
    })
    expect(readTopology(read)).toEqual(read)
  })

  it.each([
    [7, 'is no model’s JSON: it is 7. Give the JSON of'],
    [[], 'is no model’s JSON: it is a list'],
    [{}, 'has no class_name and config'],
    [{ format: 'graph-model', modelTopology: { node: [] } }, 'is a graph model'],
    [{ modelTopology: { node: [] } }, 'is a graph model'],
    [{ class_name: 'MyModel', config: {} }, 'is a MyModel; only Sequential and Functional models'],
  ])('that is none is refused: %j', (json, sentence) => {
    expect(fault(json)).toContain(`job/invalid: The topology ${sentence}`)
  })

  const layers = (class_name: string, config: object, module?: string) => ({
    ...(module === undefined ? {} : { module }),
    class_name: 'Sequential',
    config: { name: 'm', layers: [{ class_name, config: { name: 'here', ...config } }] },
  })
  const configOf = (json: object) => (readTopology(json).config as { layers: { config: object }[] }).layers[0]?.config

  it('has settings under the names that TensorFlow.js reads', () => {
    expect(configOf(layers('LeakyReLU', { negative_slope: 0.1 }))).toEqual({ name: 'here', alpha: 0.1 })
    const wrapped = { layer: { class_name: 'LSTM', config: { name: 'forward_memory' } } }
    expect(configOf(layers('Bidirectional', wrapped, 'keras'))).toMatchObject({ layer: { config: { name: 'memory' } } })
    expect(configOf(layers('Bidirectional', wrapped))).toMatchObject({ layer: { config: { name: 'forward_memory' } } })
    expect(configOf(layers('Conv2D', { groups: 1 }))).toEqual({ name: 'here', groups: 1 })
    expect(configOf(layers('Dense', { activation: 'hard_sigmoid' }))).toMatchObject({ activation: 'hard_sigmoid' })
  })

  it.each([
    ['Conv2D', { groups: 2 }, 'has groups 2, which TensorFlow.js leaves out. Use convolutions without groups'],
    ['ReLU', { negative_slope: 0.2 }, 'has negative_slope 0.2, which TensorFlow.js leaves out. Use LeakyReLU'],
    ['GlobalAveragePooling2D', { keepdims: true }, 'has keepdims true'],
    ['LayerNormalization', { rms_scaling: true }, 'has rms_scaling true'],
    ['Dense', { activation: 'hard_sigmoid' }, 'another function in Keras 3'],
    ['LSTM', { recurrent_activation: 'hard_sigmoid' }, 'another function in Keras 3'],
  ])('with a %s of %j is refused, with the layer', (kind, config, sentence) => {
    const message = fault(layers(kind, config, 'keras'))
    expect(message).toContain(
      `job/invalid: The topology cannot be computed as it is meant: the layer here (${kind}) has `,
    )
    expect(message).toContain(sentence)
  })

  it('that TensorFlow.js cannot compute as it is meant is refused', () => {
    const half = JSON.stringify(keras3.json).replace('"name":"float32"', '"name":"mixed_float16"')
    expect(fault(JSON.parse(half))).toContain('computes in mixed_float16')
    const constant = JSON.stringify(keras3.json).replace(
      /"args":\[\{"class_name":"__keras_tensor__".*?\}\]/,
      '"args":[2.5]',
    )
    expect(fault(JSON.parse(constant))).toContain('calls a layer with 2.5')
  })
})
