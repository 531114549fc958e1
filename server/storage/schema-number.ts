/**
 * The number of a database's schema, read from its bytes (sqlite.org/fileformat.html) and not through SQLite: opening a
 * database that a killed process has left changes its files, and one of a newer Tributary is to stay as it is.
 */
import { type FileHandle, open } from 'node:fs/promises'

const MAGIC = 'SQLite format 3\0'
/** PRAGMA user_version: where it lies in the first page. */
const AT = 60
const WAL_HEADER = 32
const FRAME_HEADER = 24

/** 0 where there is no database, or none that can be made out: then SQLite itself has the word. */
export async function schemaNumber(file: string): Promise<number> {
  const inFile = await read(file, firstPage)
  if (inFile === null) return 0
  return (await read(`${file}-wal`, newestInWal)) ?? inFile
}

async function firstPage(db: FileHandle): Promise<number | null> {
  const header = await bytes(db, 0, AT + 4)
  return header?.toString('latin1', 0, MAGIC.length) === MAGIC ? header.readUInt32BE(AT) : null
}

/** As the last committed transaction in the write-ahead log left it; null where none changed the first page. */
async function newestInWal(wal: FileHandle): Promise<number | null> {
  const header = await bytes(wal, 0, WAL_HEADER)
  if (!header) return null
  const pageSize = header.readUInt32BE(8)
  const salts = header.subarray(16, 24)
  let committed: number | null = null
  let pending: number | null = null
  for (let at = WAL_HEADER; ; at += FRAME_HEADER + pageSize) {
    const frame = await bytes(wal, at, FRAME_HEADER)
    // Frames with other salts are left over from before the log began anew.
    if (!frame?.subarray(8, 16).equals(salts)) return committed
    if (frame.readUInt32BE(0) === 1) {
      pending = (await bytes(wal, at + FRAME_HEADER + AT, 4))?.readUInt32BE(0) ?? pending
    }
    // Not 0 in a transaction's last frame.
    if (frame.readUInt32BE(4) !== 0) committed = pending
  }
}

async function bytes(file: FileHandle, at: number, length: number): Promise<Buffer | null> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at)
  return bytesRead === length ? buffer : null
}

async function read(path: string, work: (file: FileHandle) => Promise<number | null>): Promise<number | null> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch {
    return null
  }
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}
