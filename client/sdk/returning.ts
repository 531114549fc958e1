/**
 * When to connect again. After a loss the first try comes at a moment spread evenly over some seconds, so that a
 * coordinator that was restarted does not meet everybody at once; later ones come with growing pauses of at most
 * MAX_PAUSE_MS, so that whatever ended the outage, one is back within seconds of its end.
 */
import { RETURN_SPREAD_MS } from '../../shared/protocol/version.ts'

const FIRST_PAUSE_MS = 1000
export const MAX_PAUSE_MS = 4000

export class Returning {
  private readonly connect: () => void
  private failures = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(connect: () => void) {
    this.connect = connect
  }

  /** The connection is there. */
  arrived(): void {
    this.failures = 0
    clearTimeout(this.timer)
  }

  /** A connection that was there is lost. */
  lost(): void {
    this.failures = 0
    this.after(Math.random() * RETURN_SPREAD_MS)
  }

  /** A try has failed. */
  failed(): void {
    const pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures)
    this.failures++
    this.after(pause * (0.5 + 0.5 * Math.random()))
  }

  /** Tries then, in place of whatever was planned. */
  after(ms: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(this.connect, ms)
  }

  stop(): void {
    clearTimeout(this.timer)
  }
}
