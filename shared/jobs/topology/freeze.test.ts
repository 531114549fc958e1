import { describe, expect, it } from 'vitest'
import { TributaryError } from '../../errors/error.ts'
import { freezeLayers } from './freeze.ts'

const layer = (class_name: string, name: string, config: object = {}) => ({ class_name, config: { name, ...config } })
const TOPOLOGY = {
  class_name: 'Sequential',
  config: {
    name: 'whole',
    layers: [
      layer('Conv2D', 'conv_1', { kernel_initializer: { class_name: 'GlorotUniform', config: { seed: null } } }),
      layer('Conv2D', 'conv_2a'),
      layer('Sequential', 'inner', { layers: [layer('Dense', 'deep')] }),
      layer('Bidirectional', 'both', { layer: layer('LSTM', 'memory') }),
      layer('Dense', 'head', { trainable: true }),
    ],
  },
}

/** The names of the layers that are frozen. */
function frozen(patterns: readonly string[]): string[] {
  const text = JSON.stringify(freezeLayers(TOPOLOGY, patterns))
  const names: string[] = []
  JSON.parse(text, (_, value) => {
    if (value?.trainable === false) names.push(value.name)
    return value
  })
  return names
}

describe('layers frozen by name', () => {
  it.each([
    [['head'], ['head']],
    [
      ['conv_1', 'conv_2a'],
      ['conv_1', 'conv_2a'],
    ],
    [['conv_*'], ['conv_1', 'conv_2a']],
    [['*a*'], ['conv_2a', 'head']],
    [['c*_*a'], ['conv_2a']],
    [['deep'], ['deep']],
    [['inner'], ['deep', 'inner']],
    [['both'], ['memory', 'both']],
    [['*'], ['conv_1', 'conv_2a', 'deep', 'inner', 'memory', 'both', 'head']],
  ])('%j', (patterns, names) => {
    expect(frozen(patterns)).toEqual(names)
  })

  it('leave the topology that was given as it was', () => {
    const before = JSON.stringify(TOPOLOGY)
    freezeLayers(TOPOLOGY, ['*'])
    expect(JSON.stringify(TOPOLOGY)).toBe(before)
    expect(freezeLayers(TOPOLOGY, [])).toBe(TOPOLOGY)
  })

  it.each([
    [['dense'], 'dense matches no layer'],
    [['whole', 'head', 'conv'], 'whole, conv match no layer'],
    [['conv_1_*1'], 'matches no layer'],
  ])('that are not there are named: %j', (patterns, sentence) => {
    expect(() => freezeLayers(TOPOLOGY, patterns)).toThrow(TributaryError)
    expect(() => freezeLayers(TOPOLOGY, patterns)).toThrow(sentence)
    expect(() => freezeLayers(TOPOLOGY, patterns)).toThrow('conv_1, conv_2a, inner, deep, both, memory, head.')
  })
})
