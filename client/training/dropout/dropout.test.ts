import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildModel } from '../../../shared/models/build.ts'
import { halves, maskValues, pcg } from './bits.ts'
import { type KeySource, seedDropout } from './install.ts'
import { registerDropout } from './kernel.ts'

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
  registerDropout('cpu')
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

describe('a model’s dropout', () => {
  const topology = (rate: number) => ({
    class_name: 'Sequential',
    config: {
      name: 'm',
      layers: [
        { class_name: 'Dropout', config: { name: 'd', rate, batch_input_shape: [null, 100], dtype: 'float32' } },
      ],
    },
  })

  it('follows the key in training, and does nothing in evaluation', async () => {
    const model = await buildModel(topology(0.5))
    const source: KeySource = { key: tf.tensor1d(halves(5)) }
    seedDropout(model, source)
    const ones = tf.ones([8, 100])
    const run = (training: boolean) => (model.apply(ones, { training }) as tf.Tensor).dataSync() as Float32Array
    expect(run(true)).toEqual(run(true))
    expect(kept(run(true))).toBeGreaterThan(0.4)
    expect(kept(run(true))).toBeLessThan(0.6)
    expect(kept(run(false))).toBe(1)
    const first = run(true)
    source.key = tf.tensor1d(halves(6))
    expect(run(true)).not.toEqual(first)
    // Without a key it is tfjs-layers' own: another one each time.
    source.key = null
    expect(run(true)).not.toEqual(run(true))
    model.dispose()
  })

  it('has as its gradient what it kept', async () => {
    const model = await buildModel(topology(0.25))
    const source: KeySource = { key: tf.tensor1d(halves(5)) }
    seedDropout(model, source)
    const x = tf.ones([2, 100])
    const forward = (model.apply(x, { training: true }) as tf.Tensor).dataSync()
    const gradient = tf
      .grad((input) => tf.sum(model.apply(input, { training: true }) as tf.Tensor))(x)
      .dataSync()
    expect(gradient).toEqual(forward)
    model.dispose()
  })
})
