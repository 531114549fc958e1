import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it, vi } from 'vitest'
import { mlp } from '../../shared/jobs/models.ts'
import { buildSeededModel } from '../../shared/models/build.ts'
import type { Examples } from '../../shared/models/examples.ts'
import { taskNamed } from '../../shared/protocol/testing.ts'
import { trainLocally } from './local-trainer.ts'
import { Stepper } from './stepper.ts'
import type { Steps } from './steps/steps.ts'
import { Throttle } from './throttle.ts'

const COUNT = 6

/** Six examples of four values; the last one is `odd`. */
const examplesWith = (odd: number): Examples => ({
  source: {},
  count: COUNT,
  shape: [4],
  outputs: 3,
  varied: false,
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

/**
 * A device that takes so long for a step, and answers this long after it was asked, with the number of examples as the loss.
 * `noted`: what was handed over while each answer was on its way.
 */
function slowDevice(stepMs: number, answerMs: number, fails = false) {
  let handed = 0
  let since = 0
  const noted: number[] = []
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
  const steps: Steps = {
    begin: async () => {},
    room: () => (stepMs > 0 ? pause(stepMs) : null),
    step: (indices) => {
      handed++
      since += indices.length
    },
    idle: async () => {},
    take: async () => {
      const [asked, examples] = [handed, since]
      since = 0
      await pause(answerMs)
      if (fails) throw new Error('The device is gone.')
      noted.push(handed - asked)
      return { loss: examples, measured: 1, examples }
    },
    settle: () => {},
    end: () => {},
    dispose: () => {},
  }
  return { steps, noted, handed: () => handed }
}

function trainOn(steps: Steps, epochs: number, { signal }: AbortController) {
  const { settings } = taskNamed('a')
  return trainLocally(steps, examplesWith(1), { ...settings, epochs, batchSize: 2 }, 1, new Throttle(), signal)
}

describe('means that are read while steps go on', () => {
  it('hold nothing up, and the last epoch’s are its own', async () => {
    const { steps, noted, handed } = slowDevice(0, 20)
    const training = trainOn(steps, 3, new AbortController())
    const fractions: number[] = []
    for (;;) {
      const { done, value } = await training.next()
      if (done) {
        expect(value).toMatchObject({ loss: COUNT, metric: 1 })
        break
      }
      fractions.push(value.fraction)
    }
    expect(handed()).toBe(9)
    expect(fractions).toEqual([2 / 3, 1])
    // The second epoch's were on their way while the third was handed over.
    expect(noted).toEqual([3, 0])
  })

  it('come every 400 ms, in the middle of an epoch too', async () => {
    vi.useFakeTimers()
    try {
      // Three steps an epoch, of 150 ms each; answers take one and a half.
      const { steps } = slowDevice(150, 220)
      const training = trainOn(steps, 4, new AbortController())
      const seen: { examples: number; fraction: number }[] = []
      const run = (async () => {
        for (;;) {
          const { done, value } = await training.next()
          if (done) return value
          seen.push({ examples: value.loss, fraction: Math.round(value.fraction * 12) })
        }
      })()
      await vi.runAllTimersAsync()
      expect(await run).toMatchObject({ loss: COUNT, metric: 1 })
      // What is told of adds up to all examples, each once.
      expect(seen.reduce((sum, { examples }) => sum + examples, 0)).toBe(4 * COUNT)
      expect(seen.map(({ fraction }) => fraction)).toEqual([3, 6, 9, 12])
    } finally {
      vi.useRealTimers()
    }
  })

  it('throw where they are taken, and nowhere else', async () => {
    const training = trainOn(slowDevice(0, 5, true).steps, 3, new AbortController())
    await expect(training.next()).rejects.toThrow('The device is gone.')
    const ended = new AbortController()
    const cancelled = trainOn(slowDevice(0, 5, true).steps, 3, ended)
    ended.abort()
    await expect(cancelled.next()).rejects.toMatchObject({ code: 'training/cancelled' })
  })
})
