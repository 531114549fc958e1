/** Records as rows of the database's tables, and back. */
import type { InValue, Row } from '@libsql/client'
import type { Score } from '../../shared/protocol/dashboard.ts'
import type { AttemptRecord, CountedRecord, CountedTask, JobRecord, StoredJobState, VersionRecord } from './records.ts'

/** A statement with its arguments. */
export interface Sql {
  readonly sql: string
  readonly args: InValue[]
}

export function jobInsert(job: JobRecord): Sql {
  return {
    sql: 'INSERT INTO jobs (id, config, state, reason, rounds, created_at) VALUES (?, ?, ?, ?, ?, ?)',
    args: [job.id, JSON.stringify(job.config), job.state, job.reason, job.rounds, job.createdAt],
  }
}

export function jobOf(row: Row): JobRecord {
  return {
    id: text(row, 'id'),
    config: JSON.parse(text(row, 'config')),
    state: text(row, 'state') as StoredJobState,
    reason: text(row, 'reason'),
    rounds: number(row, 'rounds'),
    createdAt: number(row, 'created_at'),
  }
}

export function versionInsert(v: VersionRecord): Sql {
  return {
    sql: `INSERT INTO versions
            (job, version, digest, round, attempt, created_at, updates, examples, bytes, test, clients, kept)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    args: [
      v.job,
      v.version,
      v.digest,
      v.round,
      v.attempt,
      v.createdAt,
      v.updates,
      v.examples,
      v.bytes,
      scoreText(v.test),
      scoreText(v.clients),
      v.kept ? 1 : 0,
    ],
  }
}

export function versionOf(row: Row): VersionRecord {
  return {
    job: text(row, 'job'),
    version: number(row, 'version'),
    digest: text(row, 'digest'),
    round: number(row, 'round'),
    attempt: number(row, 'attempt'),
    createdAt: number(row, 'created_at'),
    updates: number(row, 'updates'),
    examples: number(row, 'examples'),
    bytes: number(row, 'bytes'),
    test: scoreOf(row.test),
    clients: scoreOf(row.clients),
    kept: number(row, 'kept') === 1,
  }
}

export function countedInsert(job: string, version: number, { taskId, sha256, at }: CountedRecord): Sql {
  return {
    sql: 'INSERT INTO counted (job, task_id, version, sha256, accepted_at) VALUES (?, ?, ?, ?, ?)',
    args: [job, taskId, version, sha256, at],
  }
}

export function countedOf(row: Row): CountedTask {
  const sha256 = row.sha256
  return {
    taskId: text(row, 'task_id'),
    version: number(row, 'version'),
    acceptance: typeof sha256 === 'string' ? { sha256, at: number(row, 'accepted_at') } : null,
  }
}

export function attemptUpsert({ job, attempt, round, row, plan }: AttemptRecord): Sql {
  return {
    sql: `INSERT INTO attempts (job, attempt, round, row, plan) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (job, attempt) DO UPDATE SET row = excluded.row, plan = excluded.plan`,
    args: [job, attempt, round, JSON.stringify(row), plan === null ? null : JSON.stringify(plan)],
  }
}

export function attemptOf(row: Row): AttemptRecord {
  return {
    job: text(row, 'job'),
    attempt: number(row, 'attempt'),
    round: number(row, 'round'),
    row: JSON.parse(text(row, 'row')),
    plan: typeof row.plan === 'string' ? JSON.parse(row.plan) : null,
  }
}

export const text = (row: Row, column: string): string => String(row[column])
export const number = (row: Row, column: string): number => Number(row[column])
export const scoreText = (score: Score | null): string | null => (score ? JSON.stringify(score) : null)

/** Before there were metrics by name, there was accuracy alone. */
type StoredScore = Score & { readonly accuracy?: number | null }

function scoreOf(value: unknown): Score | null {
  if (typeof value !== 'string') return null
  const { accuracy, ...score } = JSON.parse(value) as StoredScore
  if (score.metrics) return score
  return { ...score, metrics: typeof accuracy === 'number' ? { accuracy } : {} }
}
