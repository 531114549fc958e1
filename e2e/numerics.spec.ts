/** A hundred steps of ours, of tfjs' own and of float64, on the same examples from the same weights. */
import { expect } from '@playwright/test'
import { reference } from '../client/training/optimizers/testing.ts'
import { optimizerConfigSchema, optimizerSettings } from '../shared/jobs/optimizer.ts'
import { random } from '../shared/random/random.ts'
import { furthest } from './furthest.ts'
import { test } from './lab/laboratory.ts'
import { dense, layer, sequential } from './lab/models.ts'
import type { LayerWeights, TrainingSpec } from './lab/page/experiments.ts'
import { array64 } from './lab/reference/array64.ts'
import { gradientsOf } from './lab/reference/network.ts'

const [INPUTS, CLASSES, EXAMPLES, BATCH, EPOCHS] = [4, 3, 20, 4, 20]
const topology = sequential([INPUTS], [dense(5, 'tanh'), dense(CLASSES, 'softmax')])

const spec = (optimizer: TrainingSpec['optimizer']): TrainingSpec => ({
  topology,
  shape: [INPUTS],
  classes: CLASSES,
  tokens: null,
  examples: EXAMPLES,
  batchSize: BATCH,
  epochs: EPOCHS,
  optimizer,
  how: 'best',
})

/** Those that tfjs has too. */
const OPTIMIZERS: TrainingSpec['optimizer'][] = [
  { name: 'sgd', learningRate: 0.1 },
  { name: 'momentum', learningRate: 0.05 },
  { name: 'nesterov', learningRate: 0.05 },
  { name: 'adam', learningRate: 0.01 },
  { name: 'adagrad', learningRate: 0.05 },
  { name: 'rmsprop', learningRate: 0.005 },
]

/** On a GPU that is played by a program a step takes long. The rules are held against each other in e2e/replay.spec.ts. */
const ON_WEBGPU =
  process.env.TRIBUTARY_COUNTS === 'full' ? ['sgd', 'momentum', 'nesterov', 'adam', 'adagrad', 'rmsprop'] : ['sgd']

for (const backend of ['webgpu', 'wasm'] as const) {
  test(`a hundred steps on ${backend}`, async ({ laboratory, stock }) => {
    expect(await laboratory.activate(backend)).toBe(backend)
    const first = await laboratory.step({ ...spec({ learningRate: 0.1 }), batchSize: EXAMPLES })
    const chosen = backend === 'webgpu' ? OPTIMIZERS.filter(({ name = '' }) => ON_WEBGPU.includes(name)) : OPTIMIZERS
    for (const optimizer of chosen) {
      await test.step(optimizer.name ?? '', async () => {
        const ours = await laboratory.train(spec(optimizer))
        expect(ours.whyUnrecorded).toBeNull()
        const theirs = await stock.trainStock(backend, spec(optimizer))
        expect(theirs.losses.length).toBe((EPOCHS * EXAMPLES) / BATCH)
        expect(theirs.losses.at(-1)).toBeLessThan(theirs.losses[0] as number)
        const exact = inFloat64(first, optimizer)
        if (optimizer.name === 'sgd') expect(furthest(ours.weights.flat(), theirs.weights.flat())).toBeLessThan(1e-4)
        const [own, stocks] = [
          furthest(ours.weights.flat(), exact.flat()),
          furthest(theirs.weights.flat(), exact.flat()),
        ]
        expect(stocks, 'the float64 run is the same training').toBeLessThan(1e-3)
        // Below what rounding the weights once makes of them there is nothing to compare.
        expect(own).toBeLessThan(Math.max(2 * stocks, 2 ** -22))
      })
    }
  })
}

const conv = (filters: number, config: object = {}) =>
  layer('Conv2D', { filters, kernel_size: [3, 3], padding: 'same', ...config })

/** What stock trains on plain JavaScript, but for its average pooling, whose gradient is wrong. */
const OTHERS: { readonly [name: string]: Pick<TrainingSpec, 'topology' | 'shape' | 'tokens'> } = {
  'convolutions with batch normalisation': {
    shape: [6, 6, 2],
    tokens: null,
    topology: sequential(
      [6, 6, 2],
      [
        conv(4, { activation: 'relu' }),
        layer('MaxPooling2D', { pool_size: [2, 2] }),
        conv(4, { use_bias: false }),
        layer('BatchNormalization'),
        layer('Activation', { activation: 'relu' }),
        layer('DepthwiseConv2D', { kernel_size: [3, 3], strides: [1, 1] }),
        layer('Flatten'),
        dense(CLASSES, 'softmax'),
      ],
    ),
  },
  'an embedding and a GRU': {
    shape: [5],
    tokens: 6,
    topology: sequential(
      [5],
      [
        layer('Embedding', { input_dim: 6, output_dim: 4 }),
        layer('GRU', { units: 5, recurrent_activation: 'sigmoid' }),
        dense(CLASSES, 'softmax'),
      ],
    ),
  },
}

test('a hundred steps of other models are those of stock', async ({ laboratory, stock }) => {
  for (const backend of process.env.TRIBUTARY_COUNTS === 'full' ? (['wasm', 'webgpu'] as const) : (['wasm'] as const)) {
    expect(await laboratory.activate(backend)).toBe(backend)
    for (const [name, model] of Object.entries(OTHERS)) {
      await test.step(`${name} on ${backend}`, async () => {
        const wanted = { ...spec({ name: 'sgd', learningRate: 0.05 }), ...model }
        const ours = await laboratory.train(wanted)
        expect(ours.whyUnrecorded).toBeNull()
        const theirs = await stock.trainStock('cpu', wanted)
        expect(theirs.losses.at(-1)).toBeLessThan(theirs.losses[0] as number)
        expect(furthest(ours.weights.flat(), theirs.weights.flat())).toBeLessThan(1e-4)
      })
    }
  }
})

function inFloat64(
  { layers, xs, labels }: { layers: readonly LayerWeights[]; xs: readonly number[]; labels: readonly number[] },
  optimizer: TrainingSpec['optimizer'],
): number[][] {
  const settings = optimizerSettings(optimizerConfigSchema.parse(optimizer), 1)
  const steps = (EPOCHS * EXAMPLES) / BATCH
  const start = layers.flatMap(({ weights }) => weights.map(({ before }) => before))
  return reference(
    settings,
    start,
    (weights, step) => {
      const perEpoch = EXAMPLES / BATCH
      const order = random(1, 'laboratory', Math.floor(step / perEpoch)).permutation(EXAMPLES)
      const indices = Array.from(order.subarray((step % perEpoch) * BATCH, ((step % perEpoch) + 1) * BATCH))
      const batch = {
        xs: array64(
          [BATCH, INPUTS],
          indices.flatMap((i) => xs.slice(i * INPUTS, (i + 1) * INPUTS)),
        ),
        labels: indices.map((i) => labels[i] as number),
      }
      let at = 0
      const now = layers.map((layer) => ({
        ...layer,
        weights: layer.weights.map((weight) => ({ ...weight, before: weights[at++] as readonly number[] })),
      }))
      const gradients = gradientsOf(topology, now, batch, [0, 0])
      return now.flatMap(({ name }) => (gradients.get(name) ?? []).map((g) => Array.from(g)))
    },
    Array.from({ length: steps }, () => settings.learningRate),
  )
}

test('batches that are gathered on webgl are the same that are brought to other backends', async ({ laboratory }) => {
  const steps = { ...spec({ name: 'sgd', learningRate: 0.1 }), epochs: 4 }
  expect(await laboratory.activate('cpu')).toBe('cpu')
  const brought = await laboratory.train(steps)
  expect(await laboratory.activate('webgl')).toBe('webgl')
  const gathered = await laboratory.train(steps)
  expect(furthest(gathered.weights.flat(), brought.weights.flat())).toBeLessThan(1e-4)
  // Another order would show.
  expect(Math.abs((gathered.losses[0] as number) - (brought.losses[0] as number))).toBeLessThan(1e-4)
})
