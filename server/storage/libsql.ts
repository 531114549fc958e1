import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Client, createClient, type InStatement, type InValue, type Row } from '@libsql/client'
import { TributaryError } from '../../shared/errors/error.ts'
import type { Score } from '../../shared/protocol/dashboard.ts'
import { storageError } from './files.ts'
import { MIGRATIONS } from './migrations.ts'
import type { AttemptRecord, JobRecord, RecordStore, StoredJobState, VersionRecord } from './records.ts'

/** Records in a libSQL (SQLite) file. */
export class LibsqlRecordStore implements RecordStore {
  private readonly db: Client

  private constructor(db: Client) {
    this.db = db
  }

  static async open(file: string): Promise<LibsqlRecordStore> {
    try {
      await mkdir(dirname(file), { recursive: true })
      const db = createClient({ url: pathToFileURL(file).href })
      await db.execute('PRAGMA journal_mode = WAL')
      await db.execute('PRAGMA synchronous = FULL')
      await migrate(db, file)
      return new LibsqlRecordStore(db)
    } catch (thrown) {
      throw storageError(`The database ${file} cannot be opened`, thrown)
    }
  }

  async createJob(job: JobRecord, first: VersionRecord): Promise<void> {
    const insert = {
      sql: 'INSERT INTO jobs (id, config, state, reason, rounds, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      args: [job.id, JSON.stringify(job.config), job.state, job.reason, job.rounds, job.createdAt],
    }
    await this.transaction([insert, versionStatement(first)], `The job ${job.id}`)
  }

  async putJob(job: JobRecord): Promise<void> {
    const { state, reason, rounds, id } = job
    await this.run('UPDATE jobs SET state = ?, reason = ?, rounds = ? WHERE id = ?', [state, reason, rounds, id])
  }

  async latestJob(): Promise<JobRecord | null> {
    const [row] = await this.run('SELECT * FROM jobs ORDER BY sequence DESC LIMIT 1', [])
    if (!row) return null
    return {
      id: text(row, 'id'),
      config: JSON.parse(text(row, 'config')),
      state: text(row, 'state') as StoredJobState,
      reason: text(row, 'reason'),
      rounds: number(row, 'rounds'),
      createdAt: number(row, 'created_at'),
    }
  }

  async countJobs(): Promise<number> {
    const [row] = await this.run('SELECT COUNT(*) AS n FROM jobs', [])
    return row ? number(row, 'n') : 0
  }

  async commitVersion(
    version: VersionRecord,
    attempt: AttemptRecord | null,
    taskIds: readonly string[],
  ): Promise<void> {
    const statements = [
      versionStatement(version),
      ...taskIds.map((id) => ({
        sql: 'INSERT INTO counted (job, task_id, version) VALUES (?, ?, ?)',
        args: [version.job, id, version.version],
      })),
      ...(attempt ? [attemptStatement(attempt)] : []),
    ]
    await this.transaction(statements, `Version ${version.version} of ${version.job}`)
  }

  async putScores(job: string, version: number, scores: Pick<VersionRecord, 'test' | 'clients'>): Promise<void> {
    await this.run('UPDATE versions SET test = ?, clients = ? WHERE job = ? AND version = ?', [
      scoreText(scores.test),
      scoreText(scores.clients),
      job,
      version,
    ])
  }

  async versions(job: string): Promise<VersionRecord[]> {
    return (await this.run('SELECT * FROM versions WHERE job = ? ORDER BY version', [job])).map(versionOf)
  }

  async versionByDigest(digest: string): Promise<VersionRecord | null> {
    const [row] = await this.run('SELECT * FROM versions WHERE digest = ? LIMIT 1', [digest])
    return row ? versionOf(row) : null
  }

  async counted(job: string, taskId: string): Promise<boolean> {
    return (await this.run('SELECT 1 FROM counted WHERE job = ? AND task_id = ?', [job, taskId])).length > 0
  }

  async putAttempt(attempt: AttemptRecord): Promise<void> {
    const { sql, args } = attemptStatement(attempt)
    await this.run(sql, args)
  }

  async attempts(job: string, limit: number): Promise<AttemptRecord[]> {
    const rows = await this.run('SELECT * FROM attempts WHERE job = ? ORDER BY attempt DESC LIMIT ?', [job, limit])
    return rows.reverse().map((row) => ({
      job: text(row, 'job'),
      attempt: number(row, 'attempt'),
      round: number(row, 'round'),
      row: JSON.parse(text(row, 'row')),
    }))
  }

  async getSetting(name: string): Promise<string | null> {
    const [row] = await this.run('SELECT value FROM settings WHERE name = ?', [name])
    return row ? text(row, 'value') : null
  }

  async putSetting(name: string, value: string): Promise<void> {
    await this.run(
      'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      [name, value],
    )
  }

  async close(): Promise<void> {
    this.db.close()
  }

  private async transaction(statements: InStatement[], what: string): Promise<void> {
    try {
      await this.db.batch(statements, 'write')
    } catch (thrown) {
      if (String(thrown).includes('UNIQUE')) {
        throw new TributaryError('storage/corrupt', `${what} was recorded before.`, { cause: thrown })
      }
      throw storageError(`${what} cannot be recorded`, thrown)
    }
  }

  private async run(sql: string, args: InValue[]): Promise<Row[]> {
    try {
      return (await this.db.execute({ sql, args })).rows
    } catch (thrown) {
      throw storageError('The database refused', thrown)
    }
  }
}

async function migrate(db: Client, file: string): Promise<void> {
  const { rows } = await db.execute('PRAGMA user_version')
  const version = Number(rows[0]?.user_version ?? 0)
  if (version > MIGRATIONS.length) {
    throw new TributaryError(
      'storage/unusable',
      `The database ${file} was written by a newer Tributary (schema ${version}; this one knows ${MIGRATIONS.length}). Update Tributary, or choose another folder with --store.`,
    )
  }
  for (const [i, statements] of MIGRATIONS.entries()) {
    if (i >= version) await db.batch([...statements, `PRAGMA user_version = ${i + 1}`], 'write')
  }
}

function versionStatement(version: VersionRecord): { sql: string; args: InValue[] } {
  const { job, digest, round, attempt, createdAt, updates, examples, bytes, test, clients } = version
  return {
    sql: `INSERT INTO versions (job, version, digest, round, attempt, created_at, updates, examples, bytes, test, clients)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    args: [
      job,
      version.version,
      digest,
      round,
      attempt,
      createdAt,
      updates,
      examples,
      bytes,
      scoreText(test),
      scoreText(clients),
    ],
  }
}

function attemptStatement({ job, attempt, round, row }: AttemptRecord): { sql: string; args: InValue[] } {
  return {
    sql: `INSERT INTO attempts (job, attempt, round, row) VALUES (?, ?, ?, ?)
          ON CONFLICT (job, attempt) DO UPDATE SET row = excluded.row`,
    args: [job, attempt, round, JSON.stringify(row)],
  }
}

function versionOf(row: Row): VersionRecord {
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
  }
}

const text = (row: Row, column: string): string => String(row[column])
const number = (row: Row, column: string): number => Number(row[column])
const scoreText = (score: Score | null): string | null => (score ? JSON.stringify(score) : null)
const scoreOf = (value: unknown): Score | null => (typeof value === 'string' ? JSON.parse(value) : null)
