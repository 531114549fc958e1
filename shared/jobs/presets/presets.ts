/** Models by name, made for the data of a job. */
import type { DataSchema } from '../../protocol/data.ts'
import { elements } from '../../tensors/layout.ts'
import { dense, type LayerJson, sequential, type Topology } from '../models.ts'
import { conv, layer, pool, separable } from './layers.ts'

/** What a model is given of an example, and what it answers. */
export interface ExampleShape {
  /** Images: [height, width, channels]. */
  readonly shape: readonly number[]
  /** Where the values are whole numbers that stand for something: how many there are. */
  readonly tokens: number | null
  readonly outputs: number
  /** Of the last layer. */
  readonly activation: 'softmax' | 'sigmoid' | 'linear'
}

export interface Preset {
  /** The kinds of data that it is for. */
  readonly takes: readonly DataSchema['kind'][]
  make(shape: ExampleShape): Topology
}

const flatten = layer('Flatten', 'flatten')

const answer = ({ outputs, activation }: ExampleShape): LayerJson => dense('classes', outputs, activation)

/** A multilayer perceptron: ReLU between. */
const perceptron = (takes: Preset['takes'], ...hidden: readonly number[]): Preset => ({
  takes,
  make(example) {
    const inputs = elements(example.shape)
    const layers = hidden.map((units, i) => dense(`hidden_${i + 1}`, units, 'relu'))
    const name = `mlp_${[inputs, ...hidden, example.outputs].join('_')}`
    return sequential(name, [inputs], [...layers, answer(example)])
  },
})

const pictures = (name: string, layers: readonly LayerJson[]): Preset => ({
  takes: ['images'],
  make: (example) => sequential(name, example.shape, [...layers, answer(example)]),
})

const NUMBERS = ['images', 'table'] as const

export const PRESETS = {
  /** One weight for each value and class. */
  'logistic-regression': perceptron(NUMBERS),

  /** A hidden layer of 32: for digits of 28 × 28, 25,450 parameters. */
  'mlp-32': perceptron(NUMBERS, 32),

  /** A hidden layer of 128. */
  mlp: perceptron(NUMBERS, 128),

  /** The 2NN of McMahan et al. 2017, section 3: for digits of 28 × 28, 199,210 parameters. */
  '2nn': perceptron(NUMBERS, 200, 200),

  /** For tables: hidden layers of 64 and 32. */
  'tabular-mlp': perceptron(['table'], 64, 32),

  /** LeNet-5 (LeCun et al. 1998, section II.B), with ReLU and the largest of each 2 × 2. */
  lenet: pictures('lenet', [
    conv('conv_1', 6, 5),
    pool('pool_1'),
    conv('conv_2', 16, 5, { padding: 'valid' }),
    pool('pool_2'),
    flatten,
    dense('dense_1', 120, 'relu'),
    dense('dense_2', 84, 'relu'),
  ]),

  /** The CNN of McMahan et al. 2017, section 3: for digits of 28 × 28, 1,663,370 parameters. */
  'cnn-mcmahan': pictures('cnn_mcmahan', [
    conv('conv_1', 32, 5),
    pool('pool_1'),
    conv('conv_2', 64, 5),
    pool('pool_2'),
    flatten,
    dense('dense', 512, 'relu'),
  ]),

  /** Six convolutions and three dense layers, the size of the network in NVIDIA FLARE's CIFAR-10 examples. */
  'moderate-cnn': pictures('moderate_cnn', [
    conv('conv_1', 32, 3),
    conv('conv_2', 64, 3),
    pool('pool_1'),
    conv('conv_3', 128, 3),
    conv('conv_4', 128, 3),
    pool('pool_2'),
    layer('Dropout', 'dropout_1', { rate: 0.05 }),
    conv('conv_5', 256, 3),
    conv('conv_6', 256, 3),
    pool('pool_3'),
    flatten,
    layer('Dropout', 'dropout_2', { rate: 0.1 }),
    dense('dense_1', 1024, 'relu'),
    dense('dense_2', 512, 'relu'),
    layer('Dropout', 'dropout_3', { rate: 0.1 }),
  ]),

  /** Depthwise separable convolutions with batch normalisation (Howard et al. 2017), small: for 32 × 32 × 3, 20,026 parameters. */
  'mobilenet-small': pictures('mobilenet_small', [
    conv('stem', 16, 3, { strides: [2, 2] }),
    ...separable('block_1', 32, 1),
    ...separable('block_2', 64, 2),
    ...separable('block_3', 64, 1),
    ...separable('block_4', 128, 2),
    layer('GlobalAveragePooling2D', 'mean'),
  ]),

  /** For text: each token is a vector of 16, read by a gated recurrent unit (Cho et al. 2014) of 128. */
  'gru-text': {
    takes: ['text'],
    make: (example) =>
      sequential('gru_text', example.shape, [
        layer('Embedding', 'embedding', { input_dim: example.tokens, output_dim: 16, mask_zero: false }),
        layer('GRU', 'gru', { units: 128, return_sequences: false }),
        answer(example),
      ]),
  },
} as const satisfies Readonly<Record<string, Preset>>

export type PresetName = keyof typeof PRESETS

export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]]
