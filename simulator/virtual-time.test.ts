import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { VirtualTime } from './virtual-time.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('stands still while somebody works, however long', () => {
  let idle = false
  const time = new VirtualTime(() => idle)
  const due: number[] = []
  time.after(120_000, () => due.push(time.now()))
  vi.advanceTimersByTime(10_000_000)
  expect([due, time.now()]).toEqual([[], 0])
  idle = true
  vi.advanceTimersByTime(200)
  expect(due).toEqual([120_000])
  time.stop()
})

it('leaps from one thing that is due to the next, and forgets what was taken back', () => {
  const time = new VirtualTime(() => true)
  const due: string[] = []
  time.after(500, () => due.push('b'))
  time.after(200, () => due.push('a'))
  time.after(300, () => due.push('never'))()
  vi.advanceTimersByTime(200)
  expect(due).toEqual(['a'])
  vi.advanceTimersByTime(100)
  expect([due, time.now()]).toEqual([['a', 'b'], 500])
  time.stop()
  time.after(1, () => due.push('late'))
  vi.advanceTimersByTime(10_000)
  expect(due).toEqual(['a', 'b'])
})

it('does not take a moment between two tasks for idleness', () => {
  const looks = [true, false, true, false]
  const time = new VirtualTime(() => looks.shift() ?? false)
  let due = 0
  time.after(1, () => due++)
  vi.advanceTimersByTime(400)
  expect(due).toBe(0)
  time.stop()
})
