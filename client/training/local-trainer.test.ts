import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { mlp } from '../../shared/jobs/models.ts'
import { buildSeededModel } from '../../shared/models/build.ts'
import { taskNamed } from '../../shared/protocol/testing.ts'
import { trainLocally } from './local-trainer.ts'
import { Stepper } from './stepper.ts'
import type { Examples } from './steps/examples.ts'
import type { Steps } from './steps/steps.ts'
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

it('steps go on while means are read, and the last epoch’s means are its own', async () => {
  let handed = 0
  let since = 0
  const waits: number[] = []
  /** A device that answers when it has been given this many more steps, or nothing more comes. */
  const slow: Steps = {
    begin: async () => {},
    room: () => null,
    step: (indices) => {
      handed++
      since += indices.length
    },
    idle: async () => {},
    take: async () => {
      const [asked, examples] = [handed, since]
      since = 0
      await new Promise((resolve) => setTimeout(resolve, 20))
      waits.push(handed - asked)
      return { loss: examples, accuracy: 1, examples }
    },
    settle: () => {},
    end: () => {},
    dispose: () => {},
  }
  const { settings } = taskNamed('a')
  const { signal } = new AbortController()
  const training = trainLocally(
    slow,
    examplesWith(1),
    { ...settings, epochs: 3, batchSize: 2 },
    1,
    new Throttle(),
    signal,
  )
  const fractions: number[] = []
  for (;;) {
    const { done, value } = await training.next()
    if (done) {
      // Six examples of a loss of 6, the number of examples that was asked about.
      expect(value).toMatchObject({ loss: 6, accuracy: 1 })
      break
    }
    fractions.push(value.fraction)
  }
  expect(handed).toBe(9)
  expect(fractions).toEqual([2 / 3, 1])
  // The second epoch's means were on their way while the third was handed over.
  expect(waits).toEqual([3, 0])
})
