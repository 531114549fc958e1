import { describe, expect, it } from 'vitest'
import { RoundClock } from './round-clock.ts'

describe('how long the rest of a job takes', () => {
  it('is not known before a round has been seen from its beginning to its end', () => {
    const clock = new RoundClock()
    // Joined five seconds before the third round's end.
    expect(clock.seen(3, 10, true, 1000)).toBeNull()
    expect(clock.seen(4, 10, true, 6000)).toBeNull()
    expect(clock.seen(5, 10, true, 66_000)).toBe(5 * 60_000)
  })

  it('goes down while a round goes on, and not below nothing', () => {
    const clock = new RoundClock()
    for (const [round, now] of [
      [0, 0],
      [1, 500],
      [2, 1500],
    ] as const)
      clock.seen(round, 3, true, now)
    expect(clock.seen(2, 3, true, 1900)).toBe(600)
    expect(clock.seen(2, 3, true, 9000)).toBe(0)
  })

  it('goes by the middle one of the latest rounds', () => {
    const clock = new RoundClock()
    const ends = [0, 50, 150, 250, 5250, 5350, 5450]
    const left = ends.map((now, round) => clock.seen(round, 11, true, now))
    expect(left.at(-1)).toBe(5 * 100)
    // All five of the latest are slow now.
    const slow = [1, 2, 3, 4, 5].map((n) => clock.seen(6 + n, 21, true, 5450 + n * 1000))
    expect(slow.at(-1)).toBe(10 * 1000)
  })

  it('counts no round with a pause in it, and what was seen of several for each of them', () => {
    const clock = new RoundClock()
    for (const [round, now] of [
      [0, 0],
      [1, 100],
      [2, 200],
    ] as const)
      clock.seen(round, 10, true, now)
    expect(clock.seen(2, 10, false, 250)).toBeNull()
    expect(clock.seen(2, 10, true, 90_000)).toBe(8 * 100)
    expect(clock.seen(3, 10, true, 99_000)).toBe(7 * 100)
    expect(clock.seen(6, 10, true, 99_300)).toBe(4 * 100)
  })
})
