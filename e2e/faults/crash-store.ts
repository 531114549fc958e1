/**
 * What a store holds on disk, as SQL reads it without the product's code. Always of a copy: opening a database whose
 * process was killed repairs it, and that is the next coordinator's own work.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Client, createClient, type Row } from '@libsql/client'
import type { RoundRow, Score } from '../../shared/protocol/dashboard.ts'

export interface StoredVersion {
  readonly version: number
  readonly digest: string
  readonly attempt: number
  readonly updates: number
  readonly examples: number
  readonly test: Score | null
  readonly clients: Score | null
}

export interface Stored {
  /** The jobs' states, as they were created. */
  readonly jobs: readonly { readonly id: string; readonly state: string }[]
  readonly versions: readonly StoredVersion[]
  readonly attempts: readonly { readonly row: RoundRow; readonly open: boolean }[]
  readonly counted: readonly { readonly taskId: string; readonly version: number }[]
}

const NOTHING: Stored = { jobs: [], versions: [], attempts: [], counted: [] }

/** Of a store that no process has open. */
export async function readStore(storeFolder: string): Promise<Stored> {
  const copy = mkdtempSync(join(tmpdir(), 'tributary-crash-store-'))
  try {
    for (const name of ['records.db', 'records.db-wal']) {
      const file = join(storeFolder, name)
      if (existsSync(file)) cpSync(file, join(copy, name))
    }
    const db = createClient({ url: pathToFileURL(join(copy, 'records.db')).href })
    try {
      return await read(db)
    } finally {
      db.close()
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

async function read(db: Client): Promise<Stored> {
  const rows = async (sql: string): Promise<Row[]> => (await db.execute(sql)).rows
  const tables = await rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'counted'")
  // Killed before its tables were made.
  if (tables.length === 0) return NOTHING
  const [health] = await rows('PRAGMA integrity_check')
  if (health?.integrity_check !== 'ok') throw new Error(`the database is damaged: ${health?.integrity_check}`)
  return {
    jobs: (await rows('SELECT * FROM jobs ORDER BY sequence')).map((row) => ({
      id: String(row.id),
      state: String(row.state),
    })),
    versions: (await rows('SELECT * FROM versions ORDER BY version')).map((row) => ({
      version: Number(row.version),
      digest: String(row.digest),
      attempt: Number(row.attempt),
      updates: Number(row.updates),
      examples: Number(row.examples),
      test: parsed<Score>(row.test),
      clients: parsed<Score>(row.clients),
    })),
    attempts: (await rows('SELECT * FROM attempts ORDER BY attempt')).map((row) => ({
      row: JSON.parse(String(row.row)) as RoundRow,
      open: row.plan !== null,
    })),
    counted: (await rows('SELECT * FROM counted ORDER BY task_id')).map((row) => ({
      taskId: String(row.task_id),
      version: Number(row.version),
    })),
  }
}

function parsed<T>(value: unknown): T | null {
  return value === null ? null : (JSON.parse(String(value)) as T)
}
