/** What the store tells of a job's last attempts when a coordinator takes it up again (R8). */
import type { Past } from '../../shared/rounds/machine.ts'
import type { AttemptRecord } from '../storage/records.ts'

/** The attempt that goes on after a restart: it was recorded, never ended, and starts from the version that is the last. */
export function openAttempt(attempts: readonly AttemptRecord[], latest: string): AttemptRecord | null {
  const last = attempts.at(-1)
  return last?.plan?.base === latest && last.row.endedAt === null ? last : null
}

/** `attempts`: the latest ones, oldest first. `open`: the one that goes on. */
export function pastOf(attempts: readonly AttemptRecord[], open: AttemptRecord | null): Past {
  const last = attempts.at(-1)
  const contributed = new Map<string, number>()
  for (const { row } of attempts) {
    if (row.kind !== 'train' || row.state !== 'committed') continue
    for (const { clientId, state } of row.bars) {
      if (state !== 'counted') continue
      // Taken out first: the order is that of the last contributions.
      contributed.delete(clientId)
      contributed.set(clientId, row.round)
    }
  }
  const there = last?.row.bars.filter((bar) => bar.state !== 'gone') ?? []
  // At the deadline a client was too late; before it, an early commit cut it off (R1).
  const early = last?.row.state === 'committed' && (last.row.endedAt ?? 0) < last.row.deadlineAt
  return {
    open: open?.plan ? { ...open.plan, round: open.round, attempt: open.attempt } : null,
    awaited: there.map((bar) => bar.clientId),
    priority: early ? there.filter((bar) => bar.state === 'cut-off').map((bar) => bar.clientId) : [],
    contributed: [...contributed],
  }
}
