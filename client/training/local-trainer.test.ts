import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { mlp } from '../../shared/jobs/models.ts'
import { buildSeededModel } from '../../shared/models/build.ts'
import { taskNamed } from '../../shared/protocol/testing.ts'
import { trainLocally } from './local-trainer.ts'
import { Stepper } from './stepper.ts'
import type { Examples } from './steps/examples.ts'
import { Throttle } from './throttle.ts'

const COUNT = 6

/** Six examples of four values; the last one is `odd`. */
const examplesWith = (odd: number): Examples => ({
  source: {},
  count: COUNT,
  shape: [4],
  classes: 3,
  write(indices, xs, targets) {
    targets.fill(0)
    Array.from(indices).forEach((index, i) => {
      xs.set([index, 1, -1, index === COUNT - 1 ? odd : 0.5], i * 4)
      targets[i * 3 + (index % 3)] = 1
    })
  },
})

async function train(odd: number, learningRate: number) {
  expect(await tf.setBackend('cpu')).toBe(true)
  const { settings } = taskNamed('a')
  const { optimizer } = settings
  const model = await buildSeededModel(mlp(4, [3], 3), 1)
  const stepper = new Stepper(model, settings)
  const task = { ...settings, epochs: 3, batchSize: 2, optimizer: { ...optimizer, learningRate } }
  try {
    const { signal } = new AbortController()
    const training = trainLocally(stepper, examplesWith(odd), task, 1, new Throttle(), signal)
    for (;;) {
      const { done, value } = await training.next()
      if (done) return value
    }
  } finally {
    stepper.dispose()
    model.dispose()
  }
}

it('a loss that is finite is trained to its end', async () => {
  expect((await train(0.5, 0.1)).loss).toBeGreaterThan(0)
})

it.each([
  ['an example that is no number', Number.NaN, 0.1],
  ['an infinite one', Number.POSITIVE_INFINITY, 0.1],
  ['a learning rate that throws the weights out of bounds', 0.5, 1e38],
])('%s ends the task as diverged', async (_, odd, learningRate) => {
  await expect(train(odd, learningRate)).rejects.toMatchObject({
    code: 'training/diverged',
    message: expect.stringMatching(/smaller learning rate/),
  })
})
