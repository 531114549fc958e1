import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { mlp } from '../../shared/jobs/models.ts'
import { buildSeededModel } from '../../shared/models/build.ts'
import { type Examples, range } from '../../shared/models/examples.ts'
import { taskNamed } from '../../shared/protocol/testing.ts'
import { Stepper } from './stepper.ts'

const { settings } = taskNamed('a')

beforeAll(async () => {
  expect(await tf.setBackend('cpu')).toBe(true)
})

/** Losses of two steps, and the weights after them. */
async function trained(classWeights: number[] | null, labels: readonly number[]) {
  const model = await buildSeededModel(mlp(4, [3], 3), 1)
  const stepper = new Stepper(model, { ...settings, classWeights })
  // Examples of one class are alike.
  const examples: Examples = {
    source: labels,
    count: labels.length,
    shape: [4],
    outputs: 3,
    varied: false,
    write(indices, xs, targets) {
      Array.from(indices).forEach((index, i) => {
        const label = labels[index] as number
        xs.set([label, 1, 0.5, -label], i * 4)
        targets.set(
          [0, 1, 2].map((c) => Number(c === label)),
          i * 3,
        )
      })
    },
  }
  await stepper.begin(examples, labels.length, 1)
  const taken = []
  for (let step = 0; step < 2; step++) {
    stepper.step(range(0, labels.length), 0.5, 0)
    taken.push(await stepper.take())
  }
  const weights = model.getWeights().flatMap((w) => Array.from(w.dataSync()))
  stepper.dispose()
  model.dispose()
  return { taken, weights }
}

const close = (a: readonly number[], b: readonly number[]) =>
  a.every((value, i) => Math.abs(value - (b[i] as number)) < 1e-6)

describe('class weights', () => {
  it('of 1 change nothing', async () => {
    const [plain, weighted] = [await trained(null, [0, 1, 2, 0]), await trained([1, 1, 1], [0, 1, 2, 0])]
    expect(close(weighted.weights, plain.weights)).toBe(true)
    expect(weighted.taken[0]?.loss).toBeCloseTo(plain.taken[0]?.loss ?? Number.NaN, 6)
  })

  it('of 2 count an example twice, in a mean over as many as there are', async () => {
    const [weighted, twice] = [await trained([2, 1, 0], [0, 1, 2]), await trained(null, [0, 0, 1])]
    expect(close(weighted.weights, twice.weights)).toBe(true)
    expect(weighted.taken[0]?.loss).toBeCloseTo(twice.taken[0]?.loss ?? Number.NaN, 6)
    expect(weighted.taken[0]?.examples).toBe(3)
    expect(close(weighted.weights, (await trained(null, [0, 1, 2])).weights)).toBe(false)
  })

  it('of 0 leave a class out: nothing moves', async () => {
    const still = await trained([0, 1, 1], [0, 0, 0])
    expect(still.taken.map(({ loss }) => loss)).toEqual([0, 0])
    const fresh = await buildSeededModel(mlp(4, [3], 3), 1)
    expect(still.weights).toEqual(fresh.getWeights().flatMap((w) => Array.from(w.dataSync())))
    fresh.dispose()
  })
})

it('T1: steps leave nothing behind', async () => {
  await trained([1, 2, 3], [0, 1, 2])
  const before = tf.memory().numTensors
  await trained([1, 2, 3], [0, 1, 2])
  expect(tf.memory().numTensors).toBe(before)
})
