/** Every kind of layer trains on every backend: a step's gradients against differences of a float64 forward pass. */
import { expect } from '@playwright/test'
import { test } from './lab/laboratory.ts'
import { dense, functional, type LayerSpec, layer, sequential } from './lab/models.ts'
import type { Laboratory, TrainingSpec } from './lab/page/experiments.ts'
import { array64 } from './lab/reference/array64.ts'
import { gradientsOf, lossOf } from './lab/reference/network.ts'

const EXAMPLES = 3
const CLASSES = 3
const COMMON = {
  how: 'best',
  classes: CLASSES,
  tokens: null,
  examples: EXAMPLES,
  batchSize: EXAMPLES,
  epochs: 1,
  // A step takes the whole gradient off.
  optimizer: { learningRate: 1 },
} as const

type Model = Pick<TrainingSpec, 'topology' | 'shape'> & Partial<TrainingSpec>

const end = dense(CLASSES, 'softmax')
const stack = (shape: readonly number[], layers: readonly LayerSpec[], more: Partial<TrainingSpec> = {}): Model => ({
  shape,
  topology: sequential(shape, [...layers, end]),
  ...more,
})
const conv = (filters: number, config: object = {}) => layer('Conv2D', { filters, kernel_size: [3, 3], ...config })
const activation = (name: string) => layer('Activation', { activation: name })
const NORMAL = { class_name: 'RandomNormal', config: { stddev: 0.5, seed: null } }
const seeded = { kernel_initializer: NORMAL }

const named = (name: string, made: LayerSpec): LayerSpec => ({ ...made, config: { ...made.config, name } })
const attention = (config: LayerSpec['config']) => layer('MultiHeadAttention', config)

/** Small, each with several kinds, in places where the gradient goes on to weights before them. */
const MODELS: { readonly [name: string]: Model } = {
  'dense and activations': stack(
    [5],
    [
      ...['relu', 'elu', 'tanh', 'sigmoid', 'swish', 'gelu', 'softmax', 'hardSigmoid'].map((name) => dense(6, name)),
    ].flatMap((made, i) => (i === 3 ? [made, layer('LeakyReLU', { alpha: 0.1 })] : [made])),
  ),
  'more activations': stack(
    [5],
    ['selu', 'softplus', 'softsign', 'mish', 'relu6'].map((name) =>
      layer('Dense', { units: 6, activation: name, ...seeded }),
    ),
  ),
  'layers that activate': stack(
    [6],
    [
      dense(6),
      layer('LeakyReLU', { alpha: 0.2 }),
      dense(6),
      layer('PReLU', { alpha_initializer: NORMAL }),
      dense(6),
      layer('ELU'),
      dense(6),
      layer('ReLU'),
      dense(6),
      layer('Softmax'),
    ],
  ),
  'convolutions: same, valid, strides': stack(
    [7, 6, 2],
    [
      conv(3, { padding: 'same', activation: 'tanh' }),
      conv(4, { strides: [2, 2], padding: 'same', activation: 'tanh' }),
      conv(2, { kernel_size: [2, 2], padding: 'valid', use_bias: false }),
      layer('Flatten'),
    ],
  ),
  'convolutions of one dimension': stack(
    [9, 2],
    [
      layer('Conv1D', { filters: 3, kernel_size: [3], padding: 'same', activation: 'tanh' }),
      layer('MaxPooling1D', { pool_size: [2], strides: [2] }),
      layer('Conv1D', { filters: 3, kernel_size: [2], strides: [1], padding: 'valid', activation: 'tanh' }),
      layer('AveragePooling1D', { pool_size: [2], strides: [1] }),
      layer('GlobalMaxPooling1D'),
    ],
  ),
  'convolutions of one dimension, strides': stack(
    [9, 2],
    [
      dense(3, 'tanh'),
      layer('Conv1D', { filters: 3, kernel_size: [3], strides: [2], padding: 'same' }),
      layer('GlobalAveragePooling1D'),
    ],
  ),
  'transposed convolutions': stack(
    [3, 4, 2],
    [
      layer('Conv2DTranspose', {
        filters: 3,
        kernel_size: [3, 3],
        strides: [2, 2],
        padding: 'same',
        activation: 'tanh',
      }),
      layer('Conv2DTranspose', { filters: 2, kernel_size: [3, 2], strides: [1, 1], padding: 'valid' }),
      layer('GlobalAveragePooling2D'),
    ],
  ),
  'depthwise and separable convolutions': stack(
    [6, 6, 2],
    [
      layer('DepthwiseConv2D', { kernel_size: [3, 3], strides: [1, 1], padding: 'same', depth_multiplier: 2 }),
      layer('SeparableConv2D', {
        filters: 3,
        kernel_size: [3, 3],
        strides: [1, 1],
        padding: 'same',
        activation: 'tanh',
      }),
      layer('DepthwiseConv2D', { kernel_size: [3, 3], strides: [2, 2], padding: 'valid' }),
      layer('Flatten'),
    ],
  ),
  pooling: stack(
    [8, 8, 2],
    [
      conv(3, { padding: 'same' }),
      layer('MaxPooling2D', { pool_size: [2, 2], strides: [2, 2] }),
      conv(3, { padding: 'same' }),
      layer('AveragePooling2D', { pool_size: [3, 3], strides: [1, 1], padding: 'same' }),
      conv(3, { padding: 'same' }),
      layer('MaxPooling2D', { pool_size: [3, 3], strides: [2, 2], padding: 'same' }),
      conv(3, { padding: 'same' }),
      layer('GlobalMaxPooling2D'),
    ],
  ),
  'batch and layer normalisation': stack(
    [4, 4, 2],
    [
      conv(3, { use_bias: false }),
      layer('BatchNormalization'),
      activation('relu'),
      conv(3, { kernel_size: [1, 1] }),
      layer('LayerNormalization'),
      layer('Flatten'),
      dense(5, 'tanh'),
      layer('BatchNormalization'),
      dense(5),
      layer('LayerNormalization', { scale: false, epsilon: 1e-2 }),
    ],
  ),
  'normalisation otherwise, and penalties': stack(
    [3, 4, 2],
    [
      conv(3, { kernel_size: [2, 2], kernel_regularizer: { class_name: 'L1L2', config: { l1: 0.02, l2: 0.03 } } }),
      activation('tanh'),
      layer('BatchNormalization', { scale: false }),
      conv(3, { kernel_size: [1, 1], activation: 'tanh' }),
      layer('BatchNormalization', { center: false }),
      layer('BatchNormalization', { trainable: false }),
      layer('LayerNormalization', { axis: [1, 2, 3] }),
      layer('Flatten'),
    ],
  ),
  dropout: stack(
    [5, 3],
    [
      dense(4, 'tanh'),
      layer('SpatialDropout1D', { rate: 0.4 }),
      layer('Flatten'),
      dense(8, 'tanh'),
      layer('Dropout', { rate: 0.5 }),
    ],
  ),
  'an embedding and a GRU': stack(
    [4],
    [
      layer('Embedding', { input_dim: 6, output_dim: 3 }),
      layer('GRU', { units: 3, return_sequences: true, recurrent_activation: 'sigmoid', ...seeded }),
      layer('GRU', { units: 3, recurrent_activation: 'hardSigmoid' }),
    ],
    { tokens: 6 },
  ),
  'an LSTM and a simple one': stack(
    [4, 2],
    [
      layer('LSTM', {
        units: 3,
        return_sequences: true,
        recurrent_activation: 'sigmoid',
        kernel_regularizer: { class_name: 'L1L2', config: { l1: 0.01, l2: 0.02 } },
        ...seeded,
      }),
      layer('SimpleRNN', { units: 3 }),
    ],
  ),
  'recurrent in both directions': stack(
    [3, 2],
    [
      layer('Bidirectional', {
        layer: layer('LSTM', { units: 2, return_sequences: true, recurrent_activation: 'sigmoid' }),
        merge_mode: 'concat',
      }),
      layer('Bidirectional', {
        layer: layer('GRU', { units: 2, recurrent_activation: 'sigmoid' }),
        merge_mode: 'concat',
      }),
    ],
  ),
  'upsampling and padding': stack(
    [3, 3, 2],
    [
      conv(2, { kernel_size: [2, 2], activation: 'tanh' }),
      layer('UpSampling2D', { size: [2, 2] }),
      conv(2, { kernel_size: [2, 2], activation: 'tanh' }),
      layer('ZeroPadding2D', {
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
      layer('Reshape', { target_shape: [8, 6] }),
      layer('Flatten'),
    ],
  ),
  'branches that are added, multiplied and joined': {
    shape: [4],
    topology: functional(
      [4],
      [
        [named('a', dense(5, 'tanh')), 'input'],
        [named('b', dense(5, 'sigmoid')), 'input'],
        [named('sum', layer('Add')), 'a', 'b'],
        [named('product', layer('Multiply')), 'a', 'b'],
        [named('all', layer('Concatenate')), 'sum', 'product', 'input'],
        [named('end', dense(CLASSES, 'softmax')), 'all'],
      ],
    ),
  },
  'attention: to itself with dropout, causal, and to another sequence': {
    shape: [4],
    tokens: 5,
    topology: functional(
      [4],
      [
        [named('words', layer('Embedding', { input_dim: 5, output_dim: 6, embeddings_initializer: NORMAL })), 'input'],
        [named('places', layer('PositionEmbedding')), 'words'],
        [named('self', attention({ num_heads: 2, key_dim: 3, causal: true, dropout: 0.3, ...seeded })), 'places'],
        [named('residual', layer('Add')), 'self', 'places'],
        [named('normal', layer('LayerNormalization')), 'residual'],
        [named('other', dense(4, 'tanh')), 'places'],
        [
          named('cross', attention({ num_heads: 3, key_dim: 2, value_dim: 3, use_bias: false, ...seeded })),
          'normal',
          'other',
        ],
        [named('mean', layer('GlobalAveragePooling1D')), 'cross'],
        [named('end', dense(CLASSES, 'softmax')), 'mean'],
      ],
    ),
  },
}

/** What is added to all scores of a query is nothing to their softmax. */
const WITHOUT_EFFECT = ['self/key/bias']

async function check(laboratory: Laboratory, model: Model): Promise<void> {
  const { topology, shape } = model
  const outcome = await laboratory.step({ ...COMMON, ...model })
  expect(outcome.whyUnrecorded).toBeNull()
  const batch = { xs: array64([EXAMPLES, ...shape], outcome.xs), labels: outcome.labels }
  const before = new Map(
    outcome.layers.map(({ name, weights }) => [name, weights.map((w) => array64(w.shape, w.before))]),
  )
  const loss = lossOf(topology, before, batch, outcome.key)
  expect(Math.abs(outcome.loss - loss)).toBeLessThan(1e-4 * loss)
  const expected = gradientsOf(topology, outcome.layers, batch, outcome.key)
  for (const { name, frozen, weights } of outcome.layers) {
    weights.forEach((weight, i) => {
      if (frozen) expect(weight.after, weight.name).toEqual(weight.before)
      if (frozen || !weight.trained) return
      const right = expected.get(name)?.[i] as Float64Array
      const most = Math.max(...right.map(Math.abs))
      const furthest = Math.max(
        ...right.map((g, j) => Math.abs(g - ((weight.before[j] as number) - (weight.after[j] as number)))),
      )
      if (WITHOUT_EFFECT.includes(weight.name)) {
        expect(most, weight.name).toBeLessThan(1e-9)
        expect(furthest, weight.name).toBeLessThan(1e-6)
        return
      }
      // A gradient of nothing at all would agree with anything.
      expect(most, weight.name).toBeGreaterThan(1e-5)
      expect(furthest / most, weight.name).toBeLessThan(1e-3)
    })
  }
}

/**
 * Each of WebGL's programs takes a program that plays a graphics card long to compile. Those models in which its own kernels go
 * back through windows, statistics and time; all of them with TRIBUTARY_COUNTS=full.
 */
const ON_WEBGL = [
  'convolutions: same, valid, strides',
  'depthwise and separable convolutions',
  'pooling',
  'batch and layer normalisation',
  'dropout',
  'an embedding and a GRU',
]
const modelsOn = (backend: string) =>
  Object.entries(MODELS).filter(
    ([name]) => backend !== 'webgl' || process.env.TRIBUTARY_COUNTS === 'full' || ON_WEBGL.includes(name),
  )

for (const backend of ['webgpu', 'wasm', 'webgl', 'cpu'] as const) {
  test(`gradients of layers on ${backend}`, async ({ laboratory }) => {
    expect(await laboratory.activate(backend)).toBe(backend)
    for (const [name, model] of modelsOn(backend)) {
      await test.step(name, () => check(laboratory, model))
    }
  })
}
