const WIDTH = 30

export interface Progress {
  /** Of the whole, 0 to 1. */
  readonly done: number
  readonly round: number
  /** The line beside the bar. */
  readonly text: string
}

/** How far a job is, on one line of standard error that is written over; on no terminal, a line per round. */
export class ProgressBar {
  private lastRound = -1
  private readonly live = process.stderr.isTTY === true

  show({ done, round, text }: Progress): void {
    if (!this.live) {
      if (round === this.lastRound) return
      this.lastRound = round
      if (round > 0) process.stderr.write(`${text}\n`)
      return
    }
    const full = Math.round(Math.min(1, done) * WIDTH)
    process.stderr.write(`\r\x1b[K${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${text}`)
  }

  end(): void {
    if (this.live) process.stderr.write('\r\x1b[K')
  }
}
