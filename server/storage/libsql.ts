import { access, constants, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Client, createClient, type InStatement, type InValue, type Row } from '@libsql/client'
import { TributaryError } from '../../shared/errors/error.ts'
import { damaged, databaseFault, fileFault, isMissing, sqliteCode } from './faults.ts'
import { StoreLock } from './lock.ts'
import { MIGRATIONS } from './migrations.ts'
import {
  type AttemptRecord,
  type CountedRecord,
  type CountedTask,
  clientOf,
  type JobRecord,
  type RecordStore,
  type VersionRecord,
} from './records.ts'
import {
  attemptOf,
  attemptUpsert,
  countedInsert,
  countedOf,
  jobInsert,
  jobOf,
  number,
  scoreText,
  text,
  versionInsert,
  versionOf,
} from './rows.ts'
import { schemaNumber } from './schema-number.ts'

/** Records in a libSQL (SQLite) file, which one process may have open at a time. */
export class LibsqlRecordStore implements RecordStore {
  private readonly db: Client
  private readonly file: string
  private readonly lock: StoreLock

  private constructor(db: Client, file: string, lock: StoreLock) {
    this.db = db
    this.file = file
    this.lock = lock
  }

  /** Throws 'storage/unusable', 'storage/full' or 'storage/corrupt'. */
  static async open(file: string): Promise<LibsqlRecordStore> {
    const folder = dirname(file)
    // Before anything is made or opened: the store of a newer Tributary is not touched.
    refuseNewer(file, await schemaNumber(file))
    try {
      await mkdir(folder, { recursive: true })
      await access(folder, constants.R_OK | constants.W_OK)
    } catch (thrown) {
      throw fileFault('The store cannot be used', folder, thrown)
    }
    // SQLite opens a file that it cannot write, and says so at the first commit only.
    try {
      await access(file, constants.R_OK | constants.W_OK)
    } catch (thrown) {
      if (!isMissing(thrown)) throw fileFault('The records cannot be used', file, thrown)
    }
    let lock: StoreLock | null = null
    let db: Client | null = null
    try {
      lock = await StoreLock.take(`${file}.lock`, folder)
      // One connection, so that what is set on it holds for every statement.
      db = createClient({ url: pathToFileURL(file).href, concurrency: 1 })
      await db.execute('PRAGMA journal_mode = WAL')
      await db.execute('PRAGMA synchronous = FULL')
      await migrate(db, file)
      return new LibsqlRecordStore(db, file, lock)
    } catch (thrown) {
      db?.close()
      lock?.release()
      throw databaseFault('The records cannot be opened', file, thrown)
    }
  }

  async createJob(job: JobRecord, first: VersionRecord): Promise<void> {
    await this.transaction([jobInsert(job), versionInsert(first)], `The job ${job.id}`)
  }

  async putJob(job: JobRecord): Promise<void> {
    const { state, reason, rounds, id } = job
    await this.run('UPDATE jobs SET state = ?, reason = ?, rounds = ? WHERE id = ?', [state, reason, rounds, id])
  }

  async latestJob(): Promise<JobRecord | null> {
    const [job] = await this.read('SELECT * FROM jobs ORDER BY sequence DESC LIMIT 1', [], jobOf)
    return job ?? null
  }

  async job(id: string): Promise<JobRecord | null> {
    const [job] = await this.read('SELECT * FROM jobs WHERE id = ?', [id], jobOf)
    return job ?? null
  }

  async countJobs(): Promise<number> {
    const [n] = await this.read('SELECT COUNT(*) AS n FROM jobs', [], (row) => number(row, 'n'))
    return n ?? 0
  }

  async commitVersion(
    version: VersionRecord,
    attempt: AttemptRecord | null,
    counted: readonly CountedRecord[],
    parent?: Pick<VersionRecord, 'version' | 'clients'>,
  ): Promise<void> {
    const scores = parent && {
      sql: 'UPDATE versions SET clients = ? WHERE job = ? AND version = ?',
      args: [scoreText(parent.clients), version.job, parent.version],
    }
    const statements = [
      versionInsert(version),
      ...(scores ? [scores] : []),
      ...counted.map((task) => countedInsert(version.job, version.version, task)),
      ...(attempt ? [attemptUpsert(attempt)] : []),
    ]
    await this.transaction(statements, `Version ${version.version} of ${version.job}`)
  }

  async putScores(
    job: string,
    version: number,
    scores: Partial<Pick<VersionRecord, 'test' | 'clients'>>,
  ): Promise<void> {
    for (const column of ['test', 'clients'] as const) {
      const score = scores[column]
      if (score === undefined) continue
      const sql = `UPDATE versions SET ${column} = ? WHERE job = ? AND version = ?`
      await this.run(sql, [scoreText(score), job, version])
    }
  }

  async versions(job: string): Promise<VersionRecord[]> {
    return this.read('SELECT * FROM versions WHERE job = ? ORDER BY version', [job], versionOf)
  }

  async versionByDigest(digest: string): Promise<VersionRecord | null> {
    const [version] = await this.read('SELECT * FROM versions WHERE digest = ? LIMIT 1', [digest], versionOf)
    return version ?? null
  }

  async counted(job: string, taskId: string): Promise<CountedTask | null> {
    const [task] = await this.read('SELECT * FROM counted WHERE job = ? AND task_id = ?', [job, taskId], countedOf)
    return task ?? null
  }

  async contributors(job: string, version: number): Promise<number> {
    const sql = 'SELECT task_id FROM counted WHERE job = ? AND version <= ?'
    const clients = await this.read(sql, [job, version], (row) => clientOf(text(row, 'task_id')))
    return new Set(clients).size
  }

  async dropVersions(job: string, versions: readonly number[]): Promise<void> {
    await this.run('UPDATE versions SET kept = 0 WHERE job = ? AND version IN (SELECT value FROM json_each(?))', [
      job,
      JSON.stringify(versions),
    ])
  }

  async keptDigests(): Promise<string[]> {
    return this.read('SELECT digest FROM versions WHERE kept = 1', [], (row) => text(row, 'digest'))
  }

  async putAttempt(attempt: AttemptRecord): Promise<void> {
    const { sql, args } = attemptUpsert(attempt)
    await this.run(sql, args)
  }

  async openAttempts(job: string): Promise<AttemptRecord[]> {
    const sql = 'SELECT * FROM attempts WHERE job = ? AND plan IS NOT NULL ORDER BY attempt'
    return this.read(sql, [job], attemptOf)
  }

  async attempts(job: string, limit: number): Promise<AttemptRecord[]> {
    const sql = 'SELECT * FROM attempts WHERE job = ? ORDER BY attempt DESC LIMIT ?'
    return (await this.read(sql, [job, limit], attemptOf)).reverse()
  }

  async getSetting(name: string): Promise<string | null> {
    const [value] = await this.read('SELECT value FROM settings WHERE name = ?', [name], (row) => text(row, 'value'))
    return value ?? null
  }

  async putSetting(name: string, value: string): Promise<void> {
    await this.run(
      'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      [name, value],
    )
  }

  async close(): Promise<void> {
    // So that a copy of the folder needs no log to be whole. Where it fails, the log is read at the next start.
    await this.db.execute('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => {})
    this.db.close()
    this.lock.release()
  }

  private async transaction(statements: InStatement[], what: string): Promise<void> {
    try {
      await this.db.batch(statements, 'write')
    } catch (thrown) {
      if (sqliteCode(thrown) === 'SQLITE_CONSTRAINT') {
        throw new TributaryError('storage/corrupt', `${what} was recorded before.`, { cause: thrown })
      }
      throw databaseFault(`${what} cannot be recorded`, this.file, thrown)
    }
  }

  private async run(sql: string, args: InValue[]): Promise<Row[]> {
    try {
      return (await this.db.execute({ sql, args })).rows
    } catch (thrown) {
      throw databaseFault('The records cannot be read or written', this.file, thrown)
    }
  }

  private async read<T>(sql: string, args: InValue[], each: (row: Row) => T): Promise<T[]> {
    const rows = await this.run(sql, args)
    try {
      return rows.map(each)
    } catch (thrown) {
      if (thrown instanceof SyntaxError) throw damaged(`A record in ${this.file} is damaged: it is not JSON.`)
      throw thrown
    }
  }
}

function refuseNewer(file: string, schema: number): void {
  if (schema <= MIGRATIONS.length) return
  throw new TributaryError(
    'storage/unusable',
    `The database ${file} was written by a newer Tributary (schema ${schema}; this one knows ${MIGRATIONS.length}). Update Tributary, or choose another folder with --store.`,
  )
}

async function migrate(db: Client, file: string): Promise<void> {
  const { rows } = await db.execute('PRAGMA user_version')
  const schema = Number(rows[0]?.user_version ?? 0)
  refuseNewer(file, schema)
  for (const [i, statements] of MIGRATIONS.entries()) {
    if (i >= schema) await db.batch([...statements, `PRAGMA user_version = ${i + 1}`], 'write')
  }
}
