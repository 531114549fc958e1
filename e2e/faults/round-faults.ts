/** What is wrong with the rounds of a board whose job is over, in words. */
import type { DashboardSnapshot } from '../../shared/protocol/dashboard.ts'

/** R2: each attempt has ended, committed or abandoned with a reason; R4: it counts each client once. Empty is well. */
export function roundFaults(board: DashboardSnapshot): string[] {
  const faults: string[] = []
  for (const row of board.rounds) {
    if (row.endedAt === null || (row.state !== 'committed' && row.state !== 'abandoned')) {
      faults.push(`R2: attempt ${row.key} has not ended (${row.state})`)
    }
    if (row.state === 'abandoned' && row.reason === '')
      faults.push(`R2: attempt ${row.key} was abandoned without a reason`)
    const counted = row.bars.filter((bar) => bar.state === 'counted').length
    if (row.updates !== counted)
      faults.push(`R4: attempt ${row.key} counts ${row.updates} updates of ${counted} clients`)
  }
  return faults
}
