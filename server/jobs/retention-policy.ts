/** Which versions a job keeps. Pure: it knows no store. */
import type { JobConfig } from '../../shared/jobs/config.ts'
import { gain } from '../../shared/jobs/metrics.ts'
import type { Score } from '../../shared/protocol/dashboard.ts'
import type { VersionRecord } from '../storage/records.ts'

export type RetentionPolicy = JobConfig['retention']

/**
 * The numbers of the versions to drop, of one job's records in order. Never among them: the latest, those whose manifests
 * are `inUse`, and what the policy keeps. `metric`: what versions are compared by. Versions that were dropped before are not named again.
 *
 * Scores come after their version's commit. So that the best is not dropped before anybody knows it, `best` also keeps the
 * version before the latest while it has none.
 */
export function versionsToDrop(
  records: readonly VersionRecord[],
  policy: RetentionPolicy,
  metric: string,
  inUse: ReadonlySet<string>,
): number[] {
  const kept = records.filter((record) => record.kept)
  const last = new Set(kept.slice(-policy.last))
  const best = policy.best ? bestOf(kept, metric) : null
  const unscored = policy.best ? kept.slice(-2).filter((record) => !isScored(record)) : []
  return kept
    .filter((record) => !last.has(record) && record !== best && !unscored.includes(record))
    .filter(({ version, digest }) => !inUse.has(digest) && (policy.every === null || version % policy.every !== 0))
    .map((record) => record.version)
}

/** In order of preference; the first that any version has is what all are compared by. Higher is better. */
const measures = (metric: string): readonly ((record: VersionRecord) => number | null)[] => [
  (record) => worth(metric, record.test?.metrics[metric]),
  (record) => worth(metric, record.clients?.metrics[metric]),
  (record) => negative(record.test?.loss),
  (record) => negative(record.clients?.loss),
]

/** The earlier of equals; null where none has a score. */
function bestOf(records: readonly VersionRecord[], metric: string): VersionRecord | null {
  for (const measure of measures(metric)) {
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
  return isMeasured(test) || isMeasured(clients)
}

/** Whether a score says anything. */
export function isMeasured(score: Score | null): boolean {
  return score !== null && (Object.keys(score.metrics).length > 0 || score.loss !== null)
}

function worth(metric: string, value: number | undefined): number | null {
  return value === undefined ? null : gain(metric, value, 0)
}

function negative(loss: number | null | undefined): number | null {
  return loss === null || loss === undefined ? null : -loss
}
