/** What rounds take on this machine. The coordinator's own time is virtual and stands still in them. */
import type { LogIds, Milestone } from '../server/logging/log.ts'

export class Stopwatch {
  /** Answers that counted, those to evaluations too. */
  updates = 0
  private readonly began = new Map<number, number>()
  private readonly took = new Map<number, number>()
  private first: number | null = null
  private last: number | null = null

  /** For a log: is told of every milestone. */
  readonly note = (name: Milestone, { attempt = 0 }: LogIds): void => {
    const now = performance.now()
    if (name === 'tasks-sent') {
      this.first ??= now
      this.began.set(attempt, now)
    }
    if (name === 'update-counted') this.updates++
    if (name !== 'version-recorded') return
    this.last = now
    this.took.set(attempt, now - (this.began.get(attempt) ?? now))
  }

  /** Since the first tasks went out. */
  get seconds(): number {
    return this.first === null ? 0 : (performance.now() - this.first) / 1000
  }

  /** From the first tasks to the last version. */
  get roundSeconds(): number {
    return this.first === null || this.last === null ? 0 : (this.last - this.first) / 1000
  }

  /** From the tasks to the version; null of an attempt that did not come to one. */
  secondsOf(attempt: number): number | null {
    const ms = this.took.get(attempt)
    return ms === undefined ? null : ms / 1000
  }
}
