import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildModel } from '../../../shared/models/build.ts'
import { halves, maskValues, normalValues, pcg } from './bits.ts'
import { registerDraws } from './kernel.ts'
import { KeySource } from './key-source.ts'
import { seedDraws } from './layers.ts'

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
  registerDraws('cpu')
})

const SIZE = 20_000
const kept = (mask: Float32Array) => mask.filter((value) => value > 0).length / mask.length

describe('masks', () => {
  it('hash as PCG-RXS-M-XS 32 does', () => {
    // By the definition, in 64-bit arithmetic.
    const reference = (value: number): number => {
      const mod = 2n ** 32n
      const state = (BigInt(value) * 747796405n + 2891336453n) % mod
      const word = (((state >> ((state >> 28n) + 4n)) ^ state) * 277803737n) % mod
      return Number((word >> 22n) ^ word)
    }
    for (const value of [0, 1, 2, 1000, 0x7fffffff, 0x80000000, 0xffffffff]) expect(pcg(value)).toBe(reference(value))
  })

  it.each([0.01, 0.1, 0.5, 0.9])('drop a part of %f, and make up for it', (rate) => {
    const mask = maskValues(halves(123456789), { rate, salt: 7 }, SIZE)
    // Four standard deviations.
    expect(Math.abs(1 - kept(mask) - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / SIZE))
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]))
  })

  it('of other keys and other layers have nothing to do with each other', () => {
    const spec = { rate: 0.5, salt: 7 }
    const one = maskValues(halves(1), spec, SIZE)
    for (const other of [maskValues(halves(2), spec, SIZE), maskValues(halves(1), { rate: 0.5, salt: 8 }, SIZE)]) {
      const alike = other.filter((value, i) => value === one[i]).length / SIZE
      expect(Math.abs(alike - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / SIZE))
    }
  })

  it('need the whole key', () => {
    const spec = { rate: 0.5, salt: 0 }
    expect(maskValues(halves(0xffff0001), spec, 64)).not.toEqual(maskValues(halves(0x00000001), spec, 64))
    expect(maskValues(halves(0xffffffff), spec, 64)).not.toEqual(maskValues(halves(0xfffffffe), spec, 64))
  })
})

describe('normal draws', () => {
  const draws = normalValues(halves(123456789), { salt: 7 }, SIZE)
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length

  it('have mean 0, deviation 1, no skew and a kurtosis of 3', () => {
    // Five standard deviations of each estimate.
    expect(Math.abs(mean(draws))).toBeLessThan(5 / Math.sqrt(SIZE))
    expect(Math.abs(mean(draws.map((x) => x * x)) - 1)).toBeLessThan(5 * Math.sqrt(2 / SIZE))
    expect(Math.abs(mean(draws.map((x) => x ** 3)))).toBeLessThan(5 * Math.sqrt(15 / SIZE))
    expect(Math.abs(mean(draws.map((x) => x ** 4)) - 3)).toBeLessThan(5 * Math.sqrt(96 / SIZE))
  })

  it('have nothing to do with their neighbours, nor with those of another key', () => {
    const others = normalValues(halves(123456790), { salt: 7 }, SIZE)
    for (const partners of [others, draws.slice(1)]) {
      const together = mean(Array.from(partners, (value, i) => value * (draws[i] as number)))
      expect(Math.abs(together)).toBeLessThan(5 / Math.sqrt(SIZE))
    }
  })
})

describe('a model’s random layers', () => {
  const topology = (class_name: string, config: object, shape: readonly (number | null)[] = [null, 100]) => ({
    class_name: 'Sequential',
    config: {
      name: 'm',
      layers: [{ class_name, config: { name: 'd', ...config, batch_input_shape: shape, dtype: 'float32' } }],
    },
  })
  /** What the model's layer makes of `x` under this key; null: under none. */
  async function drawing(...wanted: Parameters<typeof topology>) {
    const model = await buildModel(topology(...wanted))
    const source = new KeySource()
    seedDraws(model, source)
    const step = <T>(key: number | null, work: () => T): T => {
      if (key !== null) source.begin(tf.tensor1d(halves(key)))
      try {
        return work()
      } finally {
        source.end()
      }
    }
    const run = (x: tf.Tensor, key: number | null, training = true) =>
      step(key, () => (model.apply(x, { training }) as tf.Tensor).dataSync() as Float32Array)
    return { model, step, run }
  }

  it('follow the key in training, and do nothing in evaluation', async () => {
    const { run } = await drawing('Dropout', { rate: 0.5 })
    const ones = tf.ones([8, 100])
    expect(run(ones, 5)).toEqual(run(ones, 5))
    expect(kept(run(ones, 5))).toBeGreaterThan(0.4)
    expect(kept(run(ones, 5))).toBeLessThan(0.6)
    expect(kept(run(ones, 5, false))).toBe(1)
    expect(run(ones, 6)).not.toEqual(run(ones, 5))
    // Without a key it is tfjs-layers' own: another one each time.
    expect(run(ones, null)).not.toEqual(run(ones, null))
  })

  it('have as their gradient what was kept', async () => {
    const { model, step, run } = await drawing('Dropout', { rate: 0.25 })
    const x = tf.ones([2, 100])
    const slope = tf.grad((input) => tf.sum(model.apply(input, { training: true }) as tf.Tensor))
    expect(step(5, () => slope(x)).dataSync()).toEqual(run(x, 5))
  })

  it.each([
    // Keras: noise of this deviation is added; noise of mean 1 is multiplied by.
    ['GaussianNoise', { stddev: 0.5 }, 3, 0.25],
    ['GaussianDropout', { rate: 0.2 }, 3, 9 * 0.25],
    // Mean 0 and variance 1 stay what they are.
    ['AlphaDropout', { rate: 0.2 }, null, null],
  ] as const)('%s keeps the mean, and has its variance', async (kind, config, value, variance) => {
    const { run } = await drawing(kind, config)
    const x = value === null ? tf.randomNormal([400, 100], 0, 1, 'float32', 3) : tf.fill([400, 100], value)
    const out = Array.from(run(x, 5))
    const average = out.reduce((a, b) => a + b, 0) / out.length
    const spread = out.reduce((sum, y) => sum + (y - average) ** 2, 0) / out.length
    expect(average).toBeCloseTo(value ?? 0, 1)
    expect(Math.abs(spread / (variance ?? 1) - 1)).toBeLessThan(0.05)
    expect(run(x, 5)).toEqual(run(x, 5))
    expect(run(x, 6)).not.toEqual(run(x, 5))
    expect(Array.from(run(x, 5, false))).toEqual(Array.from(x.dataSync()))
  })

  it.each([
    ['SimpleRNN', { units: 7 }, [6, 5]],
    ['GRU', { units: 7 }, [6, 5]],
    ['LSTM', { units: 7 }, [6, 5]],
    ['ConvLSTM2D', { filters: 3, kernel_size: [2, 2] }, [3, 4, 4, 2]],
  ] as const)('%s drops by the key, of what comes in and of what it remembers, and keeps nothing', async (...given) => {
    const [kind, size, shape] = given
    const x = tf.randomUniform([4, ...shape], -1, 1, 'float32', 1)
    for (const config of [{ dropout: 0.4 }, { recurrent_dropout: 0.4 }]) {
      const { run } = await drawing(kind, { ...size, ...config }, [null, ...shape])
      run(x, 5)
      const before = tf.memory().numTensors
      expect(run(x, 5)).toEqual(run(x, 5))
      expect(run(x, 6)).not.toEqual(run(x, 5))
      expect(run(x, 5, false)).not.toEqual(run(x, 5))
      expect(run(x, null)).not.toEqual(run(x, null))
      // Each run leaves its output and its key; no masks.
      expect(tf.memory().numTensors - before).toBeLessThanOrEqual(14)
    }
  })

  it('draw another time where they are used again in one step', async () => {
    const inner = { class_name: 'Dropout', config: { name: 'inner', rate: 0.5 } }
    const { run } = await drawing('TimeDistributed', { layer: inner }, [null, 2, 200])
    const [first, second] = [run(tf.ones([1, 2, 200]), 5).slice(0, 200), run(tf.ones([1, 2, 200]), 5).slice(200)]
    const alike = first.filter((value, i) => value === second[i]).length / 200
    expect(alike).toBeGreaterThan(0.3)
    expect(alike).toBeLessThan(0.7)
  })
})
