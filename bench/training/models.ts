/** The models that are trained, as tfjs topologies, with the data that each of them takes. */
import { functional, type LayerSpec, layer, sequential } from '../../e2e/lab/models.ts'
import { dense, type Topology } from '../../shared/jobs/models.ts'
import { PRESETS } from '../../shared/jobs/presets/presets.ts'

export type ModelName = 'mlp' | 'cnn' | 'lenet' | 'mobilenet' | 'gru' | 'transformer'

export interface BenchModel {
  readonly about: string
  readonly topology: Topology
  readonly classes: number
  /** Shape of an example. `tokens`: values are whole numbers below this; null: pixels, 0 to 1. */
  readonly input: readonly number[]
  readonly tokens: number | null
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

const ANSWER = { tokens: null, outputs: 10, activation: 'softmax' } as const
const DIGITS = { ...ANSWER, shape: [28, 28, 1] }

/** Characters of a text's alphabet, and of a window. */
const ALPHABET = 64
const WINDOW = 32

export const MODELS: { readonly [name in ModelName]: BenchModel } = {
  mlp: {
    about: '784-200-200-10, the 2NN of McMahan et al. 2017',
    topology: PRESETS['2nn'].make(DIGITS),
    classes: 10,
    input: [784],
    tokens: null,
  },
  cnn: {
    about: 'the CNN of McMahan et al. 2017, 1,663,370 parameters',
    topology: PRESETS['cnn-mcmahan'].make(DIGITS),
    classes: 10,
    input: [28, 28, 1],
    tokens: null,
  },
  lenet: {
    about: 'LeNet-5 (LeCun et al. 1998) with ReLU and max pooling',
    topology: PRESETS.lenet.make(DIGITS),
    classes: 10,
    input: [28, 28, 1],
    tokens: null,
  },
  mobilenet: {
    about: 'depthwise separable blocks with batch normalisation at 32 × 32 × 3',
    topology: PRESETS['mobilenet-small'].make({ ...ANSWER, shape: [32, 32, 3] }),
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
