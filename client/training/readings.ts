/** Means that are asked of the device while it goes on: steps need not wait for what is read of earlier ones. */
import type { Means, Steps } from './steps/steps.ts'

/** What had been handed over when the means were asked for. */
export interface Asked {
  readonly epoch: number
  readonly done: number
}

export interface Reading extends Asked, Means {
  /** performance.now() when they were here: all of that was done. */
  readonly at: number
}

export class Readings {
  private readonly steps: Steps
  private coming: Promise<Reading> | null = null
  private here = false

  constructor(steps: Steps) {
    this.steps = steps
  }

  /** While none is on its way: whoever asks again takes the last one first, so that nothing piles up on a device that is slow. */
  ask(asked: Asked): void {
    const coming = this.steps.take().then((means) => ({ ...asked, ...means, at: performance.now() }))
    this.coming = coming
    this.here = false
    const note = () => {
      this.here = true
    }
    // What went wrong is thrown where it is taken.
    coming.then(note, note)
  }

  /** The one that was asked for, if it is here. */
  async ifHere(): Promise<Reading | null> {
    return this.here ? this.take() : null
  }

  /** The one that was asked for, which is waited for; null where none was. */
  async take(): Promise<Reading | null> {
    const coming = this.coming
    this.coming = null
    this.here = false
    return coming
  }
}
