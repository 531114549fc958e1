/** Rates: how often something may happen. By a clock, without timers, and with memory that is bounded. */
import type { Clock } from '../../shared/clock/clock.ts'

/** So many a second in the long run, and `burst` at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** Holds up to `burst` tokens, and gains `perSecond`. */
export class TokenBucket {
  private readonly clock: Clock
  private readonly rate: Rate
  private tokens: number
  private at: number

  constructor(clock: Clock, rate: Rate) {
    this.clock = clock
    this.rate = rate
    this.tokens = rate.burst
    this.at = clock.now()
  }

  /** Takes `n` tokens, or none and returns false where there are fewer. */
  take(n = 1): boolean {
    this.refill()
    if (this.tokens < n) return false
    this.tokens -= n
    return true
  }

  /** How full it is, 0 to 1. */
  level(): number {
    this.refill()
    return this.tokens / this.rate.burst
  }

  /** Whether it says no more than a new one would. */
  isFull(): boolean {
    return this.level() === 1
  }

  /** Milliseconds until `n` tokens are there, if none is taken before. */
  waitMs(n = 1): number {
    this.refill()
    return Math.max(0, Math.ceil(((n - this.tokens) / this.rate.perSecond) * 1000))
  }

  private refill(): void {
    const now = this.clock.now()
    // A system's clock may be set back.
    const gained = (Math.max(0, now - this.at) / 1000) * this.rate.perSecond
    this.tokens = Math.min(this.rate.burst, this.tokens + gained)
    this.at = now
  }
}

export interface RecentlyUsedOptions<V> {
  /** Entries at most. */
  readonly limit: number
  readonly make: (key: string) => V
  /** Whether `make` would make the same again. */
  readonly isAsNew: (value: V) => boolean
}

/** Entries that each look forgets at most: more than it adds, so that those that are as new grow fewer. */
const FORGOTTEN_AT_ONCE = 2

/**
 * A map that makes what it lacks. Beginning with what was not used for the longest time, it forgets what is as new, and,
 * where it has more than `limit`, the rest. Whoever uses a value looks it up each time: one that was kept may be forgotten.
 */
export class RecentlyUsed<V> {
  private readonly options: RecentlyUsedOptions<V>
  private readonly entries = new Map<string, V>()

  constructor(options: RecentlyUsedOptions<V>) {
    this.options = options
  }

  get size(): number {
    return this.entries.size
  }

  get(key: string): V {
    const { limit, make, isAsNew } = this.options
    const value = this.entries.get(key) ?? make(key)
    // A Map keeps the order of insertion: the first is the one that was not used for the longest time.
    this.entries.delete(key)
    this.entries.set(key, value)
    let forgotten = 0
    for (const [oldest, its] of this.entries) {
      if (oldest === key || forgotten === FORGOTTEN_AT_ONCE) break
      if (this.entries.size <= limit && !isAsNew(its)) break
      this.entries.delete(oldest)
      forgotten++
    }
    return value
  }
}

/** Of clients, of places and so on, each: so many are remembered where all of them have something on record. */
export const REMEMBERED = 20_000

/** A bucket of this rate for each key. */
export function bucketsOf(clock: Clock, rate: Rate): RecentlyUsed<TokenBucket> {
  return new RecentlyUsed({
    limit: REMEMBERED,
    make: () => new TokenBucket(clock, rate),
    isAsNew: (bucket) => bucket.isFull(),
  })
}

/** How often each thing happened. */
export class Tally {
  private readonly counts = new Map<string, number>()

  add(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  get(name: string): number {
    return this.counts.get(name) ?? 0
  }

  entries(): [name: string, count: number][] {
    return [...this.counts]
  }
}
