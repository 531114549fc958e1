import { describe, expect, it } from 'vitest'
import { RoundClock } from './round-clock.ts'

describe('how long the rest of a job takes', () => {
  it('is not known before a round has been seen from its beginning to its end', () => {
    const clock = new RoundClock()
    expect(clock.seen(3, 10, true, 1000)).toBeNull()
    expect(clock.seen(3, 10, true, 2000)).toBeNull()
    expect(clock.seen(4, 10, true, 3000)).toBe(6 * 2000)
  })

  it('goes down while a round goes on, and not below nothing', () => {
    const clock = new RoundClock()
    clock.seen(0, 2, true, 0)
    expect(clock.seen(1, 2, true, 1000)).toBe(1000)
    expect(clock.seen(1, 2, true, 1400)).toBe(600)
    expect(clock.seen(1, 2, true, 9000)).toBe(0)
  })

  it('goes by the middle one of the latest rounds', () => {
    const clock = new RoundClock()
    const ends = [0, 100, 200, 5200, 5300, 5400]
    const left = ends.map((now, round) => clock.seen(round, 10, true, now))
    expect(left.at(-1)).toBe(5 * 100)
    // All five of the latest are slow now.
    const slow = [1, 2, 3, 4, 5].map((n) => clock.seen(5 + n, 20, true, 5400 + n * 1000))
    expect(slow.at(-1)).toBe(10 * 1000)
  })

  it('counts no pause, and what was seen of several rounds for each of them', () => {
    const clock = new RoundClock()
    clock.seen(0, 10, true, 0)
    clock.seen(1, 10, true, 100)
    expect(clock.seen(1, 10, false, 150)).toBeNull()
    expect(clock.seen(1, 10, true, 90_000)).toBe(9 * 100)
    expect(clock.seen(4, 10, true, 90_300)).toBe(6 * 100)
  })

  it('begins anew with a job that begins anew', () => {
    const clock = new RoundClock()
    clock.seen(5, 10, true, 0)
    clock.seen(6, 10, true, 100)
    expect(clock.seen(0, 10, true, 200)).toBeNull()
  })
})
