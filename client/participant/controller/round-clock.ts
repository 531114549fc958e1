/** How long the rest of a job takes, from how long its last rounds took. */

/** Rounds that count: enough for one that was slow not to matter, and few enough to notice when all are. */
const LATEST = 5

export class RoundClock {
  private round: number | null = null
  /** When the round before ended; null where that was not seen, or a pause came between. */
  private since: number | null = null
  private durations: number[] = []

  /**
   * The job is after this round now, in milliseconds; the estimate until `rounds` are done. null while no round has been seen
   * from its beginning to its end.
   */
  seen(round: number, rounds: number, running: boolean, now: number): number | null {
    const went = this.round === null ? 0 : round - this.round
    this.round = round
    if (!running) {
      this.since = null
      return null
    }
    if (went > 0) {
      // Where more than one has gone by unseen, each took as long as the others.
      if (this.since !== null) {
        const each = (now - this.since) / went
        this.durations = [...this.durations, ...Array<number>(Math.min(went, LATEST)).fill(each)].slice(-LATEST)
      }
      this.since = now
    }
    if (this.durations.length === 0) return null
    const ordered = this.durations.toSorted((a, b) => a - b)
    const typical = ordered[Math.floor(ordered.length / 2)] as number
    return Math.max(0, typical * (rounds - round) - (this.since === null ? 0 : now - this.since))
  }
}
