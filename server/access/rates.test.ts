import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../shared/clock/clock.ts'
import { RecentlyUsed, Tally, TokenBucket } from './rates.ts'

describe('TokenBucket', () => {
  it('gives a burst at once, and then its rate', () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket(clock, { perSecond: 10, burst: 3 })
    expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([true, true, true, false])
    expect(bucket.waitMs()).toBe(100)
    clock.advance(99)
    expect(bucket.take()).toBe(false)
    clock.advance(1)
    expect([bucket.take(), bucket.take()]).toEqual([true, false])
  })

  it('holds no more than its burst, and takes all of what is asked for or nothing', () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket(clock, { perSecond: 1, burst: 2 })
    clock.advance(1_000_000)
    expect(bucket.level()).toBe(1)
    expect(bucket.take(2.5)).toBe(false)
    expect(bucket.take(2)).toBe(true)
    expect(bucket.level()).toBe(0)
  })

  it('loses nothing when the clock is set back', () => {
    let now = 10_000
    const clock = { now: () => now, after: () => () => {} }
    const bucket = new TokenBucket(clock, { perSecond: 1, burst: 2 })
    now = 0
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false])
    now = 1000
    expect(bucket.take()).toBe(true)
  })
})

describe('RecentlyUsed', () => {
  it('makes what it lacks, and forgets what was not used for the longest time', () => {
    const made: string[] = []
    const map = new RecentlyUsed({ limit: 2, make: (key) => made.push(key), isAsNew: () => false })
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) map.get(key)
    expect(made).toEqual(['a', 'b', 'c', 'b'])
    expect(map.size).toBe(2)
  })

  it('forgets what is as new, however much room there is, and nothing else', () => {
    const clock = new ManualClock()
    const map = new RecentlyUsed({
      limit: 1000,
      make: () => new TokenBucket(clock, { perSecond: 1, burst: 10 }),
      isAsNew: (bucket) => bucket.isFull(),
    })
    for (let i = 0; i < 500; i++) map.get(`gone ${i}`).take(5)
    map.get('owes more').take(10)
    expect(map.size).toBe(501)
    clock.advance(6000)
    for (let i = 0; i < 250; i++) map.get('a look')
    expect(map.size).toBe(2)
    expect(map.get('owes more').level()).toBe(0.6)
  })
})

describe('Tally', () => {
  it('counts by name', () => {
    const tally = new Tally()
    for (const name of ['a', 'b', 'a']) tally.add(name)
    expect(tally.entries()).toEqual([
      ['a', 2],
      ['b', 1],
    ])
    expect(tally.get('c')).toBe(0)
  })
})
