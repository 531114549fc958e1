/** The models that are trained, as tfjs topologies, with the data that each of them takes. */
import { functional, type LayerSpec, layer, sequential } from '../../e2e/lab/models.ts'
import type { Topology } from '../../shared/jobs/models.ts'

export type ModelName = 'mlp' | 'cnn' | 'lenet' | 'mobilenet' | 'gru' | 'transformer'

export interface BenchModel {
  readonly about: string
  readonly topology: Topology
  readonly classes: number
  /** Shape of an example. `tokens`: values are whole numbers below this; null: pixels, 0 to 1. */
  readonly input: readonly number[]
  readonly tokens: number | null
}

const dense = (name: string, units: number, activation: string) => layer('Dense', { name, units, activation })
const flatten = () => layer('Flatten', { name: 'flatten' })
const pool = (name: string) => layer('MaxPooling2D', { name, pool_size: [2, 2], strides: [2, 2], padding: 'valid' })

function conv(name: string, filters: number, size: number, more: LayerSpec['config'] = {}): LayerSpec {
  const config = { filters, kernel_size: [size, size], strides: [1, 1], padding: 'same', activation: 'relu' }
  return layer('Conv2D', { name, ...config, ...more })
}

/** Depthwise, then pointwise, each with batch normalisation and ReLU (Howard et al. 2017, section 3.1). */
function separable(name: string, filters: number, stride: number): LayerSpec[] {
  return [
    layer('DepthwiseConv2D', {
      name: `${name}_depthwise`,
      kernel_size: [3, 3],
      strides: [stride, stride],
      padding: 'same',
      use_bias: false,
    }),
    layer('BatchNormalization', { name: `${name}_norm_1` }),
    layer('Activation', { name: `${name}_relu_1`, activation: 'relu' }),
    conv(`${name}_pointwise`, filters, 1, { use_bias: false, activation: 'linear' }),
    layer('BatchNormalization', { name: `${name}_norm_2` }),
    layer('Activation', { name: `${name}_relu_2`, activation: 'relu' }),
  ]
}

const gru = (name: string, units: number, sequences: boolean) =>
  layer('GRU', { name, units, return_sequences: sequences, recurrent_activation: 'sigmoid' })

/** Width of what a transformer's blocks hand on. */
const WIDTH = 64

/** Attention, then a small network for each place, each after a layer normalisation and beside a way past it (Xiong et al. 2020). */
function block(name: string, from: string): (readonly [LayerSpec, ...from: string[]])[] {
  return [
    [layer('LayerNormalization', { name: `${name}_norm_1` }), from],
    [
      layer('MultiHeadAttention', { name: `${name}_attention`, num_heads: 4, key_dim: WIDTH / 4, causal: true }),
      `${name}_norm_1`,
    ],
    [layer('Add', { name: `${name}_sum_1` }), from, `${name}_attention`],
    [layer('LayerNormalization', { name: `${name}_norm_2` }), `${name}_sum_1`],
    [dense(`${name}_wide`, 4 * WIDTH, 'gelu'), `${name}_norm_2`],
    [dense(`${name}_narrow`, WIDTH, 'linear'), `${name}_wide`],
    [layer('Add', { name }), `${name}_sum_1`, `${name}_narrow`],
  ]
}

/** Characters of a text's alphabet, and of a window. */
const ALPHABET = 64
const WINDOW = 32

export const MODELS: { readonly [name in ModelName]: BenchModel } = {
  mlp: {
    about: '784-200-200-10, the 2NN of McMahan et al. 2017',
    topology: sequential([784], [dense('a', 200, 'relu'), dense('b', 200, 'relu'), dense('c', 10, 'softmax')]),
    classes: 10,
    input: [784],
    tokens: null,
  },
  cnn: {
    about: 'the CNN of McMahan et al. 2017, 1,663,370 parameters',
    topology: sequential(
      [28, 28, 1],
      [
        conv('a', 32, 5),
        pool('b'),
        conv('c', 64, 5),
        pool('d'),
        flatten(),
        dense('e', 512, 'relu'),
        dense('f', 10, 'softmax'),
      ],
    ),
    classes: 10,
    input: [28, 28, 1],
    tokens: null,
  },
  lenet: {
    about: 'LeNet-5 (LeCun et al. 1998) with ReLU and max pooling',
    topology: sequential(
      [28, 28, 1],
      [
        conv('a', 6, 5),
        pool('b'),
        conv('c', 16, 5, { padding: 'valid' }),
        pool('d'),
        flatten(),
        dense('e', 120, 'relu'),
        dense('f', 84, 'relu'),
        dense('g', 10, 'softmax'),
      ],
    ),
    classes: 10,
    input: [28, 28, 1],
    tokens: null,
  },
  mobilenet: {
    about: 'depthwise separable blocks with batch normalisation at 32 × 32 × 3',
    topology: sequential(
      [32, 32, 3],
      [
        conv('stem', 16, 3, { strides: [2, 2] }),
        ...separable('a', 32, 1),
        ...separable('b', 64, 2),
        ...separable('c', 64, 1),
        ...separable('d', 128, 2),
        layer('GlobalAveragePooling2D', { name: 'mean' }),
        dense('classes', 10, 'softmax'),
      ],
    ),
    classes: 10,
    input: [32, 32, 3],
    tokens: null,
  },
  gru: {
    about: `two GRU layers of 64 over ${WINDOW} characters`,
    topology: sequential(
      [WINDOW],
      [
        layer('Embedding', { name: 'embedding', input_dim: ALPHABET, output_dim: 32 }),
        gru('a', 64, true),
        gru('b', 64, false),
        dense('next', ALPHABET, 'softmax'),
      ],
    ),
    classes: ALPHABET,
    input: [WINDOW],
    tokens: ALPHABET,
  },
  transformer: {
    about: `two transformer blocks of width ${WIDTH}, four heads, over ${WINDOW} characters`,
    topology: functional(
      [WINDOW],
      [
        [layer('Embedding', { name: 'words', input_dim: ALPHABET, output_dim: WIDTH }), 'input'],
        [layer('PositionEmbedding', { name: 'places' }), 'words'],
        ...block('block_1', 'places'),
        ...block('block_2', 'block_1'),
        [layer('LayerNormalization', { name: 'norm' }), 'block_2'],
        [layer('GlobalAveragePooling1D', { name: 'mean' }), 'norm'],
        [dense('next', ALPHABET, 'softmax'), 'mean'],
      ],
    ),
    classes: ALPHABET,
    input: [WINDOW],
    tokens: ALPHABET,
  },
}
