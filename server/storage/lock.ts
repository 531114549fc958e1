/**
 * One process at a time on a store: a second coordinator would take the first one's unfinished files for leftovers.
 * The lock is an open write transaction on an empty database, so that the system itself lets go of it if the process dies.
 */
import { pathToFileURL } from 'node:url'
import { type Client, createClient, type Transaction } from '@libsql/client'
import { TributaryError } from '../../shared/errors/error.ts'
import { sqliteCode } from './faults.ts'

export class StoreLock {
  private readonly db: Client
  private readonly held: Transaction

  private constructor(db: Client, held: Transaction) {
    this.db = db
    this.held = held
  }

  /** Throws 'storage/unusable' where another process, or this one, has it; SQLite's own error where it cannot be written. */
  static async take(file: string, storeFolder: string): Promise<StoreLock> {
    const db = createClient({ url: pathToFileURL(file).href, concurrency: 1 })
    try {
      return new StoreLock(db, await db.transaction('write'))
    } catch (cause) {
      db.close()
      if (sqliteCode(cause) !== 'SQLITE_BUSY') throw cause
      throw new TributaryError(
        'storage/unusable',
        `The store ${storeFolder} is in use by another Tributary. End that one, or choose another folder with --store.`,
        { cause },
      )
    }
  }

  release(): void {
    // The transaction first: a connection that is closed in the middle of one keeps its lock.
    this.held.close()
    this.db.close()
  }
}
