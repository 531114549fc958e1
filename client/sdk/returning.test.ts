import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RETURN_SPREAD_MS } from '../../shared/protocol/version.ts'
import { MAX_PAUSE_MS, Returning } from './returning.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Milliseconds until the next try. */
async function untilTry(act: (returning: Returning) => void, returning = new Returning(() => {})): Promise<number> {
  const from = Date.now()
  act(returning)
  await vi.advanceTimersToNextTimerAsync()
  return Date.now() - from
}

describe('coming back', () => {
  it('after a loss is spread evenly over the first seconds', async () => {
    const waits: number[] = []
    for (let i = 0; i < 400; i++) waits.push(await untilTry((r) => r.lost()))
    expect(Math.max(...waits)).toBeLessThanOrEqual(RETURN_SPREAD_MS)
    for (let tenth = 0; tenth < 10; tenth++) {
      const [from, to] = [(tenth * RETURN_SPREAD_MS) / 10, ((tenth + 1) * RETURN_SPREAD_MS) / 10]
      expect(waits.filter((w) => w >= from && w < to).length).toBeGreaterThan(15)
    }
  })

  it('is tried with growing pauses that never exceed the longest', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const returning = new Returning(() => {})
    const waits: number[] = []
    for (let i = 0; i < 6; i++) waits.push(await untilTry((r) => r.failed(), returning))
    expect(waits).toEqual([1000, 2000, MAX_PAUSE_MS, MAX_PAUSE_MS, MAX_PAUSE_MS, MAX_PAUSE_MS])
    returning.arrived()
    expect(await untilTry((r) => r.failed(), returning)).toBe(1000)
  })

  it('happens once, by the latest plan, and not at all after the end', async () => {
    const tried = vi.fn()
    const returning = new Returning(tried)
    returning.lost()
    returning.after(10)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(tried).toHaveBeenCalledTimes(1)
    returning.failed()
    returning.stop()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(tried).toHaveBeenCalledTimes(1)
  })
})
