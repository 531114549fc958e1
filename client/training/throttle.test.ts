import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Throttle } from './throttle.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const never = new AbortController().signal

/** Milliseconds that a turn takes after 300 of work, of which 100 were the device's. */
async function turnAfterWork(share: number, signal = never): Promise<number> {
  const throttle = new Throttle()
  throttle.share = share
  const since = performance.now()
  vi.advanceTimersByTime(200)
  expect(throttle.due(since)).toBe(true)
  const idle = async () => {
    vi.advanceTimersByTime(100)
  }
  let ended = Number.NaN
  const turn = throttle.turn(since, idle, signal).then(() => {
    ended = performance.now()
  })
  await vi.advanceTimersByTimeAsync(5000)
  await turn
  return ended - since
}

describe('a throttle', () => {
  it.each([
    [0.5, 600],
    [0.25, 1200],
  ])('of %f rests so long that training has that part of the time', async (share, ms) => {
    expect(await turnAfterWork(share)).toBeCloseTo(ms, 0)
  })

  it('that is open gives others a turn and waits for nothing', async () => {
    const throttle = new Throttle()
    const since = performance.now()
    vi.advanceTimersByTime(30)
    expect(throttle.due(since)).toBe(true)
    const idle = vi.fn()
    await throttle.turn(since, idle, never)
    expect(idle).not.toHaveBeenCalled()
  })

  it('rests no longer than its task', async () => {
    const task = new AbortController()
    task.abort()
    expect(await turnAfterWork(0.25, task.signal)).toBeCloseTo(300, 0)
  })

  it('rests no longer once more of the time is its', async () => {
    const throttle = new Throttle()
    throttle.share = 0.25
    const since = performance.now()
    vi.advanceTimersByTime(200)
    let ended = Number.NaN
    const turn = throttle
      .turn(since, async () => {}, never)
      .then(() => {
        ended = performance.now() - since
      })
    await vi.advanceTimersByTimeAsync(50)
    throttle.share = 1
    await turn
    expect(ended).toBeCloseTo(250, 0)
  })

  it('is due after a longer stretch where it rests afterwards', () => {
    const throttle = new Throttle()
    const since = performance.now()
    vi.advanceTimersByTime(30)
    expect(throttle.due(since)).toBe(true)
    throttle.share = 0.5
    expect(throttle.due(since)).toBe(false)
  })

  it.each([0, -1, 1.01, Number.NaN])('of %f is refused', (share) => {
    expect(() => {
      new Throttle().share = share
    }).toThrow(/above 0 and at most 1/)
  })
})
