import { type Clock, ManualClock } from '../shared/clock/clock.ts'

/** Looks for whether time may move: a look in between finds a round open or a task under way, unless nothing goes on. */
const LOOK_MS = 100

/**
 * The coordinator's time in a simulation. It stands still while anybody works, so that no deadline falls due because a machine is
 * slow; when all are idle for two looks in a row it leaps to whatever is due next.
 */
export class VirtualTime implements Clock {
  private readonly clock = new ManualClock()
  private readonly isIdle: () => boolean
  private readonly timer: ReturnType<typeof setInterval>
  private wasIdle = false

  constructor(isIdle: () => boolean) {
    this.isIdle = isIdle
    this.timer = setInterval(() => this.look(), LOOK_MS)
  }

  now(): number {
    return this.clock.now()
  }

  after(ms: number, action: () => void): () => void {
    return this.clock.after(ms, action)
  }

  /** Nothing falls due any more. */
  stop(): void {
    clearInterval(this.timer)
  }

  private look(): void {
    const { wasIdle } = this
    this.wasIdle = this.isIdle()
    const next = this.clock.next()
    if (wasIdle && this.wasIdle && next !== null) this.clock.advance(next - this.clock.now())
  }
}
