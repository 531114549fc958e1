import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Backlog } from './backlog.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A device that takes this long for a step, one after the other; and how far it is. */
function device(msPerStep: () => number) {
  let busyUntil = 0
  const given: number[] = []
  const give = () => {
    busyUntil = Math.max(busyUntil, performance.now()) + msPerStep()
    given.push(busyUntil)
  }
  const done = () => new Promise((resolve) => setTimeout(resolve, busyUntil - performance.now()))
  const ahead = () => given.filter((end) => end > performance.now()).length
  return { give, done, ahead, idleSince: () => Math.max(0, performance.now() - busyUntil) }
}

async function train(msPerStep: () => number, steps: number) {
  const gpu = device(msPerStep)
  const backlog = new Backlog(gpu.done)
  let [most, idle] = [0, 0]
  const run = (async () => {
    for (let i = 0; i < steps; i++) {
      await backlog.room()
      if (i > 200) idle += gpu.idleSince()
      gpu.give()
      backlog.step()
      if (i > 200) most = Math.max(most, gpu.ahead())
    }
  })()
  await vi.runAllTimersAsync()
  await run
  return { most, idle, stretch: backlog.stretchSteps }
}

it('gives a fast device many steps at once, and never lets it wait', async () => {
  const { most, idle, stretch } = await train(() => 0.25, 4000)
  expect(stretch).toBeGreaterThanOrEqual(32)
  // At most two stretches are ahead, of which none takes longer than twice what is wanted.
  expect(most * 0.25).toBeLessThanOrEqual(64)
  expect(idle).toBe(0)
})

it('gives a slow device no more than the step that it computes and one more', async () => {
  const { most, idle, stretch } = await train(() => 400, 300)
  expect(stretch).toBe(1)
  expect(most).toBe(2)
  expect(idle).toBe(0)
})

it('follows a device that becomes slow', async () => {
  let steps = 0
  const { most, stretch } = await train(() => (++steps > 1000 ? 100 : 0.25), 1400)
  expect(stretch).toBe(1)
  expect(most).toBeGreaterThan(2)
})

it('goes on where the device is lost', async () => {
  const backlog = new Backlog(() => Promise.reject(new Error('lost')))
  let steps = 0
  for (; steps < 10; steps++) {
    await backlog.room()
    backlog.step()
  }
  expect(steps).toBe(10)
})
