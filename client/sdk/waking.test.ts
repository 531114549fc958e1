import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { watchWaking } from './waking.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('waking', () => {
  it('is noticed by timers that stood still, and not by ones that are merely late', async () => {
    const woke = vi.fn()
    const end = watchWaking(woke)
    await vi.advanceTimersByTimeAsync(10_000)
    vi.setSystemTime(Date.now() + 3000)
    await vi.advanceTimersByTimeAsync(2000)
    expect(woke).not.toHaveBeenCalled()
    vi.setSystemTime(Date.now() + 60_000)
    await vi.advanceTimersByTimeAsync(2000)
    expect(woke).toHaveBeenCalledTimes(1)
    end()
    vi.setSystemTime(Date.now() + 60_000)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(woke).toHaveBeenCalledTimes(1)
  })

  it('is also the network’s return', () => {
    const target = new EventTarget()
    vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
    vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target))
    const woke = vi.fn()
    const end = watchWaking(woke)
    target.dispatchEvent(new Event('online'))
    expect(woke).toHaveBeenCalledTimes(1)
    end()
    target.dispatchEvent(new Event('online'))
    expect(woke).toHaveBeenCalledTimes(1)
  })
})
