/** Which versions a job keeps. Pure: it knows no store. */
import type { JobConfig } from '../../shared/jobs/config.ts'
import type { Score } from '../../shared/protocol/dashboard.ts'
import type { VersionRecord } from '../storage/records.ts'

export type RetentionPolicy = JobConfig['retention']

/**
 * The numbers of the versions to drop, of one job's records in order. Never among them: the latest, those whose manifests
 * are `inUse`, and what the policy keeps. Versions that were dropped before are not named again.
 *
 * Scores come after their version's commit. So that the best is not dropped before anybody knows it, `best` also keeps the
 * version before the latest while it has none.
 */
export function versionsToDrop(
  records: readonly VersionRecord[],
  policy: RetentionPolicy,
  inUse: ReadonlySet<string>,
): number[] {
  const kept = records.filter((record) => record.kept)
  const last = new Set(kept.slice(-policy.last))
  const best = policy.best ? bestOf(kept) : null
  const unscored = policy.best ? kept.slice(-2).filter((record) => !isScored(record)) : []
  return kept
    .filter((record) => !last.has(record) && record !== best && !unscored.includes(record))
    .filter(({ version, digest }) => !inUse.has(digest) && (policy.every === null || version % policy.every !== 0))
    .map((record) => record.version)
}

/** In order of preference; the first that any version has is what all are compared by. Higher is better. */
const MEASURES: readonly ((record: VersionRecord) => number | null)[] = [
  (record) => record.test?.accuracy ?? null,
  (record) => record.clients?.accuracy ?? null,
  (record) => negative(record.test?.loss),
  (record) => negative(record.clients?.loss),
]

/** The earlier of equals; null where none has a score. */
function bestOf(records: readonly VersionRecord[]): VersionRecord | null {
  for (const measure of MEASURES) {
    let best: { record: VersionRecord; value: number } | null = null
    for (const record of records) {
      const value = measure(record)
      if (value !== null && (best === null || value > best.value)) best = { record, value }
    }
    if (best) return best.record
  }
  return null
}

function isScored({ test, clients }: VersionRecord): boolean {
  const says = (score: Score | null) => score !== null && (score.accuracy !== null || score.loss !== null)
  return says(test) || says(clients)
}

function negative(loss: number | null | undefined): number | null {
  return loss === null || loss === undefined ? null : -loss
}
