import type { DashboardSnapshot } from '../../shared/protocol/dashboard.ts'
import type { Progress } from './progress-bar.ts'

/** How far the demo is, by what its dashboard shows. */
export function progressOf(board: DashboardSnapshot): Progress {
  const { round, rounds } = board.job
  return { done: (round + openFraction(board)) / rounds, round, text: textOf(board) }
}

function textOf({ job, versions, clients }: DashboardSnapshot): string {
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
