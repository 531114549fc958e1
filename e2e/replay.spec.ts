/** Steps that are recorded and replayed on WebGPU give what tfjs' own operations give, one after the other. */
import { expect } from '@playwright/test'
import { test } from './lab/laboratory.ts'
import { dense, type LayerSpec, layer, sequential } from './lab/models.ts'
import type { Laboratory, TrainingOutcome, TrainingSpec } from './lab/page/experiments.ts'

const COMMON = { tokens: null, examples: 11, batchSize: 4, epochs: 5, optimizer: { learningRate: 0.1 } } as const

const spec = (
  input: readonly number[],
  layers: readonly LayerSpec[],
  more: Partial<TrainingSpec> = {},
  end = 'softmax',
) => ({
  ...COMMON,
  shape: input,
  classes: 3,
  topology: sequential(input, [...layers, dense(3, end)]),
  ...more,
})

const MLP = () => spec([6], [dense(5, 'relu'), dense(4, 'tanh')], { epochs: 2 })

/** Furthest apart, against the largest weight. */
function distance(a: TrainingOutcome, b: TrainingOutcome): number {
  const [all, others] = [a.weights.flat(), b.weights.flat()]
  expect(all.length).toBe(others.length)
  const most = Math.max(...all.map(Math.abs))
  return Math.max(...all.map((value, i) => Math.abs(value - (others[i] as number)))) / most
}

/** All of one model, so that its programs are compiled once. */
const OPTIMIZERS: { readonly [name: string]: () => Omit<TrainingSpec, 'how'> } = {
  sgd: MLP,
  momentum: () => ({ ...MLP(), optimizer: { name: 'momentum', learningRate: 0.05 } }),
  nesterov: () => ({ ...MLP(), optimizer: { name: 'nesterov', learningRate: 0.05 } }),
  adam: () => ({ ...MLP(), optimizer: { name: 'adam', learningRate: 0.01, epsilon: 1e-3 } }),
  'adamw, its weights decaying': () => ({
    ...MLP(),
    optimizer: { name: 'adamw', learningRate: 0.01, epsilon: 1e-3, weightDecay: 0.1 },
  }),
  adagrad: () => ({ ...MLP(), optimizer: { name: 'adagrad', learningRate: 0.05 } }),
  'rmsprop with momentum': () => ({
    ...MLP(),
    optimizer: { name: 'rmsprop', learningRate: 0.01, momentum: 0.5, epsilon: 1e-3 },
  }),
  'an L2 penalty': () => ({ ...MLP(), optimizer: { learningRate: 0.1, weightDecay: 0.05 } }),
  'gradients clipped by their norm': () => ({ ...MLP(), optimizer: { learningRate: 0.5, clipNorm: 0.1 } }),
  'gradients clipped by value': () => ({ ...MLP(), optimizer: { learningRate: 0.5, clipValue: 0.01 } }),
  'binary cross-entropy': () => ({
    ...spec([6], [dense(5, 'relu')], { epochs: 2 }, 'sigmoid'),
    loss: 'binaryCrossentropy',
  }),
  'Huber’s loss': () => ({ ...MLP(), loss: 'huber', optimizer: { learningRate: 0.5 } }),
  'a learning rate that rises and falls': () => ({
    ...MLP(),
    optimizer: { learningRate: 0.3, schedule: { kind: 'cosine', period: 1, factor: 0.1, warmUp: 0.3 } },
  }),
  'class weights': () => ({ ...MLP(), classWeights: [1, 3, 0.5] }),
}

const MODELS: { readonly [name: string]: () => Omit<TrainingSpec, 'how'> } = {
  'batch normalisation, whose statistics travel with the weights': () =>
    spec(
      [6, 6, 2],
      [
        layer('Conv2D', { filters: 4, kernel_size: [3, 3], use_bias: false }),
        layer('BatchNormalization'),
        layer('Activation', { activation: 'relu' }),
        layer('GlobalAveragePooling2D'),
      ],
    ),
  'dropout, of elements and of whole channels': () =>
    spec(
      [4, 3],
      [
        layer('Conv1D', { filters: 4, kernel_size: [2], activation: 'relu' }),
        layer('SpatialDropout1D', { rate: 0.3 }),
        layer('Flatten'),
        dense(12, 'relu'),
        layer('Dropout', { rate: 0.4 }),
      ],
      { optimizer: { learningRate: 0.05 }, epochs: 24 },
    ),
  'noise, and dropout within recurrent layers': () =>
    spec(
      [2, 4],
      [
        layer('GaussianNoise', { stddev: 0.1 }),
        layer('SimpleRNN', { units: 4, dropout: 0.2, recurrent_dropout: 0.2 }),
        layer('GaussianDropout', { rate: 0.2 }),
        layer('AlphaDropout', { rate: 0.2 }),
      ],
      { epochs: 6 },
    ),
  'a layer that is frozen': () =>
    spec([6], [layer('Dense', { units: 5, activation: 'relu', trainable: false }), dense(4)]),
}

async function compare(laboratory: Laboratory, wanted: Omit<TrainingSpec, 'how'>): Promise<void> {
  const replayed = await laboratory.train({ ...wanted, how: 'best' })
  expect(replayed.whyUnrecorded).toBeNull()
  const run = await laboratory.train({ ...wanted, how: 'unrecorded' })
  expect(distance(run, replayed)).toBeLessThan(1e-5)
  replayed.losses.forEach((loss, i) => {
    expect(loss).toBeCloseTo(run.losses[i] as number, 5)
  })
  expect(replayed.accuracies).toEqual(run.accuracies)
  // It has learnt something at all.
  expect(Math.min(...run.losses.slice(1))).toBeLessThan(run.losses[0] as number)
}

test('replayed as run: every optimizer', async ({ laboratory }) => {
  expect(await laboratory.activate('webgpu')).toBe('webgpu')
  for (const [name, make] of Object.entries(OPTIMIZERS)) {
    await test.step(name, () => compare(laboratory, make()))
  }
})

for (const [name, make] of Object.entries(MODELS)) {
  test(`replayed as run: ${name}`, async ({ laboratory }) => {
    expect(await laboratory.activate('webgpu')).toBe('webgpu')
    await compare(laboratory, make())
  })
}

test('replayed as run: examples for which the device has no room', async ({ laboratory, page }) => {
  expect(await laboratory.activate('webgpu')).toBe('webgpu')
  const wanted = MLP()
  const bytes = wanted.examples * 6 * Float32Array.BYTES_PER_ELEMENT
  const inWorker = page.workers()[0]!
  await inWorker.evaluate((refused) => {
    const counted = globalThis as unknown as { refusals: number }
    counted.refusals = 0
    const { createBuffer } = GPUDevice.prototype
    GPUDevice.prototype.createBuffer = function (descriptor) {
      if (descriptor.size === refused) {
        counted.refusals++
        // No buffer may be both: the browser's own error, as where it has no memory.
        createBuffer.call(this, { size: 4, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.MAP_READ })
      }
      return createBuffer.call(this, descriptor)
    }
  }, bytes)
  await compare(laboratory, wanted)
  expect(await inWorker.evaluate(() => (globalThis as unknown as { refusals: number }).refusals)).toBeGreaterThan(0)
})

test('pictures that are varied are the same ones however steps are taken, and others under another seed', async ({
  laboratory,
}) => {
  const wanted = spec([5, 6, 1], [layer('Flatten'), dense(5, 'relu')], {
    epochs: 12,
    augment: [
      { kind: 'flip' },
      { kind: 'shift', pixels: 2 },
      { kind: 'rotate', degrees: 20 },
      { kind: 'brightness', by: 0.2 },
      { kind: 'contrast', by: 0.3 },
      { kind: 'noise', deviation: 0.05 },
      { kind: 'cutout', pixels: 2 },
    ],
  })
  const { augment: _, ...same } = wanted
  expect(await laboratory.activate('webgpu')).toBe('webgpu')
  // Examples that lie on the device from an earlier task are not taken for them.
  await laboratory.train({ ...same, how: 'best' })
  await compare(laboratory, wanted)
  const replayed = await laboratory.train({ ...wanted, how: 'best' })
  expect(await laboratory.activate('wasm')).toBe('wasm')
  const onWasm = await laboratory.train({ ...wanted, how: 'best' })
  expect(distance(onWasm, replayed)).toBeLessThan(1e-5)
  expect(distance(onWasm, await laboratory.train({ ...wanted, how: 'best' }))).toBe(0)
  expect(distance(onWasm, await laboratory.train({ ...wanted, how: 'best', seed: 2 }))).toBeGreaterThan(1e-3)
})

test('frozen layers cost nothing on the way back', async ({ laboratory }) => {
  expect(await laboratory.activate('webgpu')).toBe('webgpu')
  const stack = (trainable: boolean) =>
    spec(
      [6],
      [5, 4].map((units) => layer('Dense', { units, activation: 'tanh', trainable })),
    )
  const forwardAndHead = await laboratory.dispatches({ ...stack(false), how: 'best' })
  const all = await laboratory.dispatches({ ...stack(true), how: 'best' })
  // Each layer's gradients are, one program each at least, by its kernel, its bias and what went in.
  expect(all - forwardAndHead).toBeGreaterThanOrEqual(4)
})

test('dropout keeps other elements under another seed', async ({ laboratory }) => {
  const wanted = {
    ...spec([6], [dense(16, 'tanh'), layer('Dropout', { rate: 0.5 })], { optimizer: { learningRate: 0.05 } }),
    how: 'best',
  } as const
  expect(await laboratory.activate('wasm')).toBe('wasm')
  const one = await laboratory.train(wanted)
  expect(distance(one, await laboratory.train(wanted))).toBe(0)
  expect(distance(one, await laboratory.train({ ...wanted, seed: 2 }))).toBeGreaterThan(1e-3)
})

test('what cannot be recorded trains all the same, and says why it is slower', async ({ laboratory }) => {
  expect(await laboratory.activate('webgpu')).toBe('webgpu')
  const unsteady = spec([6], [dense(8, 'tanh'), layer('Unsteady')])
  const { whyUnrecorded, losses } = await laboratory.train({ ...unsteady, how: 'best' })
  expect(whyUnrecorded).toMatch(/random/)
  expect(Math.min(...losses.slice(1))).toBeLessThan(losses[0] as number)
})
