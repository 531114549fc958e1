/** How much of the time training computes: the person at the machine has other things to do with it. */
import { nextTurn } from './yielding.ts'

/** Computed at a stretch at most, in milliseconds, before others get a turn; and where it rests, before it rests. */
const TURN_MS = 25
const STRETCH_MS = 100

export class Throttle {
  private part = 1
  private wake = () => {}

  /** Above 0, up to 1: of the time. Throws RangeError otherwise. */
  set share(share: number) {
    if (!(share > 0 && share <= 1)) throw new RangeError(`A share of the time is above 0 and at most 1, not ${share}.`)
    this.part = share
    // Whoever rests does so by the share that was.
    this.wake()
  }

  get share(): number {
    return this.part
  }

  /** Whether it has computed long enough at a stretch. `since`: performance.now() at the last turn's end. */
  due(since: number): boolean {
    return performance.now() - since >= (this.part < 1 ? STRETCH_MS : TURN_MS)
  }

  /** Lets others have their turn. `idle`: waits until the device has done all that it was given. */
  async turn(since: number, idle: () => Promise<void>, signal: AbortSignal): Promise<void> {
    if (this.part === 1) return nextTurn()
    await idle()
    const worked = performance.now() - since
    await this.rest(worked * (1 / this.part - 1), signal)
  }

  /** Ends early on the signal, and when the share changes. Timers of workers go on in hidden tabs. */
  private rest(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        this.wake = () => {}
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.wake = done
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
    })
  }
}
