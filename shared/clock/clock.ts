/** Time as the rest of the program sees it, so that no test has to wait for it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `action` once, `ms` from now. The returned function takes that back; calling it late or twice is harmless. */
  after(ms: number, action: () => void): () => void
}

declare function setTimeout(action: () => void, ms: number): unknown
declare function clearTimeout(handle: unknown): void

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, action) {
    const handle = setTimeout(action, ms)
    return () => clearTimeout(handle)
  },
}

interface Pending {
  readonly at: number
  readonly order: number
  readonly action: () => void
}

/** A clock that stands still until it is moved: by a test, or by a simulation. */
export class ManualClock implements Clock {
  private time: number
  private order = 0
  private pending: Pending[] = []

  constructor(start = 0) {
    this.time = start
  }

  now(): number {
    return this.time
  }

  after(ms: number, action: () => void): () => void {
    const entry: Pending = { at: this.time + ms, order: this.order++, action }
    this.pending.push(entry)
    return () => {
      this.pending = this.pending.filter((other) => other !== entry)
    }
  }

  /** When the next action falls due; null where none waits. */
  next(): number | null {
    return this.pending.reduce<number | null>((least, { at }) => (least === null ? at : Math.min(least, at)), null)
  }

  /** Moves on by `ms`, running what falls due, in order. */
  advance(ms: number): void {
    const end = this.time + ms
    for (;;) {
      const due = this.pending.filter((p) => p.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (!due) break
      this.pending = this.pending.filter((p) => p !== due)
      this.time = Math.max(this.time, due.at)
      due.action()
    }
    this.time = end
  }
}
