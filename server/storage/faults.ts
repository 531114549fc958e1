/**
 * Errors of the file system and of SQLite as sentences for whoever runs the coordinator: what could not be done, where,
 * why, and what to do. Those that say that a write failed also say that what was committed before is intact: blobs are
 * renamed into place whole, and the database rolls back.
 */
import { TributaryError } from '../../shared/errors/error.ts'

/** What a write needed, where that is known. In bytes. */
export interface Room {
  readonly wanted: number
  /** null where the system does not say. */
  readonly free: number | null
}

const INTACT = 'What was committed before is intact.'
const MORE_ROOM = 'Free space there, or copy the store to a larger disk and give its folder with --store.'
const RIGHTS = 'Give this user the right to write there, or choose another folder with --store.'
const BACKUP = 'Restore it from a backup of the store, or start with another --store.'

const FULL: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'this user’s disk quota is used up',
  EFBIG: 'the file would be larger than the limit on file sizes allows (ulimit -f)',
}
const READ_ONLY: Readonly<Record<string, string>> = {
  EROFS: 'it lies on a file system that is mounted read-only',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
}

/** `what`: "A model cannot be written", say. `path`: the file or folder that it was about. */
export function fileFault(what: string, path: string, cause: unknown, room: Room | null = null): TributaryError {
  if (cause instanceof TributaryError) return cause
  const code = codeOf(cause)
  const full = FULL[code]
  if (full) {
    const sentence = `${what} to ${path}: ${full}${room ? ` (${inWords(room)})` : ''}. ${INTACT} ${MORE_ROOM}`
    return new TributaryError('storage/full', sentence, { cause })
  }
  const readOnly = READ_ONLY[code]
  if (readOnly) return unusable(`${what}: ${path}: ${readOnly}. ${RIGHTS}`, cause)
  return unusable(
    `${what}: ${path}: ${messageOf(cause)}. Check the disk and the folder, or choose another with --store.`,
    cause,
  )
}

/** `what`: "Version 3 of j cannot be recorded", say. `file`: the database's. */
export function databaseFault(what: string, file: string, cause: unknown): TributaryError {
  if (cause instanceof TributaryError) return cause
  const said = `${what} in ${file}`
  switch (sqliteCode(cause)) {
    case 'SQLITE_FULL':
      return new TributaryError('storage/full', `${said}: the disk is full. ${INTACT} ${MORE_ROOM}`, { cause })
    case 'SQLITE_READONLY':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_PERM':
      return unusable(`${said}: the database or its folder cannot be opened for writing. ${RIGHTS}`, cause)
    case 'SQLITE_CORRUPT':
      return new TributaryError('storage/corrupt', `${said}: the database is damaged. ${BACKUP}`, { cause })
    case 'SQLITE_NOTADB':
      return new TributaryError('storage/corrupt', `${said}: this file is not a database. ${BACKUP}`, { cause })
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return unusable(
        `${said}: another program holds the database. End it, or choose another folder with --store.`,
        cause,
      )
    case 'SQLITE_IOERR':
      return unusable(
        `${said}: the disk refused to read or write (${extendedCode(cause)}): it may be failing, or a quota or a limit on file sizes be reached. ${INTACT} Check the disk, or copy the store to another and give its folder with --store.`,
        cause,
      )
    default:
      return unusable(`${said}: ${messageOf(cause)}. Check the disk, or choose another folder with --store.`, cause)
  }
}

/** Whether a file is not there. */
export function isMissing(thrown: unknown): boolean {
  return codeOf(thrown) === 'ENOENT'
}

export function damaged(what: string): TributaryError {
  return new TributaryError('storage/corrupt', `${what} ${BACKUP}`)
}

function unusable(sentence: string, cause: unknown): TributaryError {
  return new TributaryError('storage/unusable', sentence, { cause })
}

/** SQLite's result codes, as far as they come without a name: the library names those of statements, not those of opening. */
const NUMBERS: Readonly<Record<string, string>> = {
  '3': 'SQLITE_PERM',
  '5': 'SQLITE_BUSY',
  '8': 'SQLITE_READONLY',
  '10': 'SQLITE_IOERR',
  '11': 'SQLITE_CORRUPT',
  '13': 'SQLITE_FULL',
  '14': 'SQLITE_CANTOPEN',
  '26': 'SQLITE_NOTADB',
}

/** The primary result code; empty where there is none. */
export function sqliteCode(cause: unknown): string {
  const code = codeOf(cause)
  if (code !== '') return code
  const number = /: (\d+)"?\)?$/.exec(messageOf(cause))?.[1]
  return (number && NUMBERS[number]) ?? ''
}

function extendedCode(cause: unknown): string {
  const extended = (cause as { extendedCode?: unknown }).extendedCode
  return typeof extended === 'string' ? extended : 'SQLITE_IOERR'
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : ''
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function inWords({ wanted, free }: Room): string {
  return `${size(wanted)} wanted${free === null ? '' : `, ${size(free)} free`}`
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
