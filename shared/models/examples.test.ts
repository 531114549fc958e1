import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { layers, sequential } from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Dataset, imageDataset, PLAIN } from '../datasets/dataset.ts'
import './chained-ops.ts'
import { arraysOf, examplesFor, sourceOf } from './examples.ts'

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
})

const modelOf = (input: number[], outputs: number) =>
  sequential({
    layers: [
      layers.reshape({ inputShape: input, targetShape: [input.reduce((n, d) => n * d, 1)] }),
      layers.dense({ units: outputs }),
    ],
  })

const numbers = (targets: Dataset['targets']): Dataset => ({
  count: 3,
  shape: [2],
  values: Float32Array.of(1, 2, 3, 4, 5, 6),
  scale: PLAIN,
  targets,
})

const LABELS = { classes: 2, labels: Uint8Array.of(1, 0, 1) }

describe('examples as a model takes them', () => {
  it('have their classes as one-hot vectors, in the order asked for', () => {
    const arrays = arraysOf(examplesFor(modelOf([2], 2), numbers(LABELS)), [2, 1])
    expect(arrays.xs).toEqual(Float32Array.of(5, 6, 3, 4))
    expect(arrays.targets).toEqual(Float32Array.of(0, 1, 1, 0))
  })

  it('have one of two classes as 0 or 1 where the model has one output', () => {
    const examples = examplesFor(modelOf([2], 1), numbers(LABELS))
    expect(examples.outputs).toBe(1)
    expect(arraysOf(examples, [0, 1, 2]).targets).toEqual(Float32Array.of(1, 0, 1))
  })

  it('have several numbers as targets', () => {
    const targets = { outputs: 2, values: Float32Array.of(1, 2, 3, 4, 5, 6) }
    expect(arraysOf(examplesFor(modelOf([2], 2), numbers(targets)), [1, 0]).targets).toEqual(
      Float32Array.of(3, 4, 1, 2),
    )
  })

  it('are scaled, by one number or by one for each channel', () => {
    const shape = { width: 1, height: 2, channels: 2, classes: 2 }
    const pixels = Uint8Array.of(0, 51, 102, 255)
    const scaled = (mean: number[], std: number[]) => {
      const data = imageDataset(shape, pixels, Uint8Array.of(0), { mean, std })
      return Array.from(arraysOf(examplesFor(modelOf([2, 1, 2], 2), data), [0]).xs)
    }
    const float = (...values: number[]) => Array.from(Float32Array.from(values))
    expect(scaled([0], [255])).toEqual(float(0, 0.2, 0.4, 1))
    expect(scaled([51, 102], [255, 51])).toEqual(float(-0.2, -1, 0.2, 3))
    expect(scaled([51], [255, 51])).toEqual(float(-0.2, 0, 0.2, 4))
    const floats: Dataset = { ...numbers(LABELS), scale: { mean: [1, 2], std: [2, 4] } }
    expect(Array.from(arraysOf(examplesFor(modelOf([2], 2), floats), [0, 2]).xs)).toEqual([0, 0, 2, 1])
  })

  it('are varied in training alone: in each pass, for each example and under each seed otherwise, and repeatably', () => {
    const shape = { width: 6, height: 6, channels: 1, classes: 2 }
    const pixels = Uint8Array.from({ length: 72 }, (_, i) => (i * 37) % 256)
    const plain = imageDataset(shape, pixels, Uint8Array.of(0, 1), { mean: [51], std: [102] })
    const model = modelOf([6, 6, 1], 2)
    const data = { ...plain, augment: [{ kind: 'noise', deviation: 0.1 }] as const }
    const examples = examplesFor(model, data)
    const of = (indices: number[], pass?: { seed: number; epoch: number }) =>
      Array.from(arraysOf(examples, indices, pass).xs)
    expect(examplesFor(model, plain).varied).toBe(false)
    expect(examples.varied).toBe(true)
    expect(of([0, 1])).toEqual(Array.from(arraysOf(examplesFor(model, plain), [0, 1]).xs))
    const [first, second] = [of([0], { seed: 1, epoch: 0 }), of([1], { seed: 1, epoch: 0 })]
    // In whatever batch an example is.
    expect(of([1, 0], { seed: 1, epoch: 0 })).toEqual([...second, ...first])
    expect(of([0], { seed: 1, epoch: 1 })).not.toEqual(first)
    expect(of([0], { seed: 2, epoch: 0 })).not.toEqual(first)
    // The same scale: a tenth of 255 is the noise's deviation.
    const apart = first.map((value, i) => (value - (of([0])[i] as number)) * 102)
    expect(Math.max(...apart.map(Math.abs))).toBeGreaterThan(10)
    expect(Math.max(...apart.map(Math.abs))).toBeLessThan(110)
  })

  it('that are varied by nothing that shows are the same to the bit', () => {
    const shape = { width: 2, height: 2, channels: 1, classes: 2 }
    const plain = imageDataset(shape, Uint8Array.of(3, 77, 200, 255), Uint8Array.of(0), { mean: [33], std: [71] })
    const still = { ...plain, augment: [{ kind: 'flip' }, { kind: 'flip' }] as const }
    const model = modelOf([2, 2, 1], 2)
    const before = arraysOf(examplesFor(model, plain), [0]).xs
    const passes = Array.from(
      { length: 20 },
      (_, epoch) => arraysOf(examplesFor(model, still), [0], { seed: 1, epoch }).xs,
    )
    expect(passes.some((xs) => xs.join() === before.join())).toBe(true)
  })

  it('may be the first few alone', () => {
    expect(sourceOf(numbers(LABELS)).for(modelOf([2], 2), 2).count).toBe(2)
  })

  it.each<[string, number[], number, Dataset['targets']]>([
    ['another input', [3], 2, LABELS],
    ['too few outputs', [2], 1, { classes: 3, labels: Uint8Array.of(0, 1, 2) }],
    ['other outputs', [2], 3, LABELS],
    ['another number of values', [2], 2, { outputs: 1, values: Float32Array.of(1, 2, 3) }],
  ])('do not fit a model with %s, and that is said', (_, input, outputs, targets) => {
    expect(() => examplesFor(modelOf(input, outputs), numbers(targets))).toThrow(
      expect.objectContaining({ code: 'job/untrainable' }),
    )
  })
})
