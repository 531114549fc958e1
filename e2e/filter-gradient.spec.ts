/** The gradient of a convolution's filter on WebGPU: each way to compute it gives what float64 gives. */
import { expect } from '@playwright/test'
import { distance, windows } from '../client/training/wasm/testing.ts'
import { furthest } from './furthest.ts'
import { test } from './lab/laboratory.ts'
import { dense, layer, sequential } from './lab/models.ts'
import type { ConvolutionSpec, FilterGradients, TrainingSpec } from './lab/page/experiments.ts'

const WAYS = ['tiled', 'product', 'stock']

const SHAPES: [name: string, spec: ConvolutionSpec][] = [
  ['one channel', { x: [8, 12, 12, 1], filter: [5, 5, 1, 8], strides: [1, 1], pad: 'same' }],
  ['four at a time', { x: [4, 7, 9, 8], filter: [3, 3, 8, 12], strides: [1, 1], pad: 'same' }],
  ['strides', { x: [3, 11, 10, 4], filter: [3, 2, 4, 6], strides: [2, 3], pad: 'valid' }],
  ['odd numbers', { x: [3, 9, 7, 5], filter: [3, 2, 5, 7], strides: [2, 1], pad: 'same' }],
  ['one pixel', { x: [5, 6, 6, 6], filter: [1, 1, 6, 5], strides: [1, 1], pad: 'valid' }],
  ['one example', { x: [1, 3, 3, 2], filter: [3, 3, 2, 1], strides: [1, 1], pad: 'valid' }],
  ['more rows than parts', { x: [70, 3, 2, 4], filter: [2, 2, 4, 4], strides: [1, 1], pad: 'same' }],
  [
    'so many weights that one part is enough',
    { x: [1, 3, 3, 128], filter: [3, 3, 128, 256], strides: [1, 1], pad: 'same' },
  ],
]

test('the gradient of a filter on webgpu', async ({ laboratory }) => {
  expect(await laboratory.activate('webgpu')).toBe('webgpu')
  for (const [name, spec] of SHAPES) {
    await test.step(name, async () => {
      const outcome = await laboratory.filterGradients(spec)
      const expected = inFloat64(spec, outcome)
      expect(outcome.ways.map(({ way }) => way)).toEqual(WAYS)
      for (const { way, values } of outcome.ways)
        expect(distance(values, expected), `${way}: part of the largest`).toBeLessThan(1e-5)
    })
  }
  const [, small] = SHAPES[0]!
  const times = await laboratory.timeFilterGradients(small)
  expect(times.map(({ way }) => way)).toEqual(WAYS)
  for (const { ms } of times) expect(ms).toBeGreaterThan(0)
})

test('on a graphics card ways are measured before steps are recorded', async ({ laboratory }) => {
  const spec: TrainingSpec = {
    topology: sequential(
      [8, 8, 1],
      [
        layer('Conv2D', { filters: 6, kernel_size: [3, 3], strides: [1, 1], padding: 'same', activation: 'relu' }),
        layer('Flatten'),
        dense(3, 'softmax'),
      ],
    ),
    shape: [8, 8, 1],
    classes: 3,
    tokens: null,
    // A last batch of another size, for which the filter's gradient is another program.
    examples: 10,
    batchSize: 8,
    optimizer: { name: 'sgd', learningRate: 0.1 },
    epochs: 2,
    how: 'best',
  }
  await laboratory.pretendHardware()
  expect(await laboratory.activate('webgpu')).toBe('webgpu')
  const measured = await laboratory.train(spec)
  expect(measured.whyUnrecorded).toBeNull()
  expect(await laboratory.activate('cpu')).toBe('cpu')
  const expected = await laboratory.train(spec)
  expect(furthest(measured.weights.flat(), expected.weights.flat())).toBeLessThan(1e-5)
})

function inFloat64({ x, filter, strides, pad }: ConvolutionSpec, { xs, dy }: FilterGradients): Float64Array {
  const [height, width, inputs, outputs] = filter
  const { visits } = windows({ x, filter: [height, width], strides, pad })
  const gradient = new Float64Array(height * width * inputs * outputs)
  for (const { input, output, position } of visits)
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++) {
        const at = (position * inputs + i) * outputs + o
        const product = (xs[input * inputs + i] as number) * (dy[output * outputs + o] as number)
        gradient[at] = (gradient[at] as number) + product
      }
  return gradient
}
