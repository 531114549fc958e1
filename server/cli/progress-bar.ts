import type { DashboardSnapshot } from '../../shared/protocol/dashboard.ts'

const WIDTH = 30

/** How far the job is, on one line of standard error that is written over; on no terminal, a line per round. */
export class ProgressBar {
  private lastRound = -1
  private readonly live = process.stderr.isTTY === true

  show(board: DashboardSnapshot): void {
    const { round, rounds } = board.job
    if (!this.live) {
      if (round === this.lastRound) return
      this.lastRound = round
      if (round > 0) process.stderr.write(`${text(board)}\n`)
      return
    }
    const done = (round + openFraction(board)) / rounds
    const full = Math.round(Math.min(1, done) * WIDTH)
    process.stderr.write(`\r\x1b[K${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${text(board)}`)
  }

  end(): void {
    if (this.live) process.stderr.write('\r\x1b[K')
  }
}

function text({ job, versions, clients }: DashboardSnapshot): string {
  const tested = versions.filter((v) => v.test).at(-1)
  const accuracy = tested?.test?.metrics.accuracy
  const known = accuracy === undefined ? '' : `, accuracy ${(accuracy * 100).toFixed(1)} %`
  const here = clients.filter((c) => c.state !== 'gone').length
  return `round ${job.round} of ${job.rounds}, ${here} tabs${known}`
}

/** Of the round that is open, the part that its clients have done. */
function openFraction({ rounds }: DashboardSnapshot): number {
  const open = rounds.at(-1)
  if (!open || open.endedAt !== null || open.kind !== 'train' || open.bars.length === 0) return 0
  const parts = open.bars.map((b) => (b.state === 'counted' ? 1 : b.state === 'train' ? b.fraction * 0.95 : 0))
  return parts.reduce((a, b) => a + b, 0) / parts.length
}
