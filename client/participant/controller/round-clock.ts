/** How long the rest of a job takes, from how long its last rounds took. */

/** Rounds that count: enough for one that was slow not to matter, and few enough to notice when all are. */
const LATEST = 5

export class RoundClock {
  private round = -1
  private since: number | null = null
  private durations: number[] = []

  /**
   * The job is after this round now, in milliseconds; the estimate until `rounds` are done, null while there is none. A pause
   * ends what was begun: its time is nobody's.
   */
  seen(round: number, rounds: number, running: boolean, now: number): number | null {
    if (!running) {
      this.since = null
      return null
    }
    const went = round - this.round
    if (went !== 0 || this.since === null) {
      // Where more than one has gone by unseen, each took as long as the others.
      if (went > 0 && this.since !== null) {
        const each = (now - this.since) / went
        this.durations = [...this.durations, ...Array<number>(Math.min(went, LATEST)).fill(each)].slice(-LATEST)
      }
      if (went < 0) this.durations = []
      this.round = round
      this.since = now
    }
    if (this.durations.length === 0) return null
    const ordered = this.durations.toSorted((a, b) => a - b)
    const typical = ordered[Math.floor(ordered.length / 2)] as number
    return Math.max(0, typical * (rounds - round) - (now - this.since))
  }
}
