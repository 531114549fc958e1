/**
 * How much a device has been given that it has not done yet: enough that it never waits for the next step, and so little that
 * the page is drawn, and a task that is cancelled ends, at once. How many steps that is, it finds out as it goes.
 */

/** The device is asked how far it is about this often, by the time that it takes itself. */
const STRETCH_MS = 16
const MOST_STEPS = 64
/** Stretches that may be outstanding: one that is computed, and one after it. */
const OUTSTANDING = 2

export class Backlog {
  private readonly done: () => Promise<unknown>
  private stretch = 1
  private steps = 0
  private looks: Promise<void>[] = []
  /** When the last stretch ended. */
  private free = 0

  /** `done`: resolves when the device has done all that it has been given until now. */
  constructor(done: () => Promise<unknown>) {
    this.done = done
  }

  /** Steps between two looks, at present. */
  get stretchSteps(): number {
    return this.stretch
  }

  /** Awaited before a step, where it is not null. */
  room(): Promise<void> | null {
    return this.looks.length < OUTSTANDING ? null : (this.looks[0] as Promise<void>)
  }

  /** A step has been handed over. */
  step(): void {
    this.steps++
    if (this.steps < this.stretch) return
    const steps = this.steps
    const given = performance.now()
    this.steps = 0
    const look = this.done()
      // A device that is lost is found out by whoever reads from it.
      .catch(() => {})
      .then(() => {
        this.looks = this.looks.filter((other) => other !== look)
        this.learn(steps, given)
      })
    this.looks.push(look)
  }

  private learn(steps: number, given: number): void {
    const now = performance.now()
    const took = now - Math.max(given, this.free)
    this.free = now
    // What was asked for before the stretch grew says little of what it is now, nor does one that was told of with the last.
    if (steps !== this.stretch || took === 0) return
    if (took < STRETCH_MS / 2) this.stretch = Math.min(this.stretch * 2, MOST_STEPS)
    else if (took > STRETCH_MS * 2) this.stretch = Math.max(1, Math.floor(this.stretch / 2))
  }
}
