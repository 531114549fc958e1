import { join } from 'node:path'
import type { BlobStore } from './blobs.ts'
import { FileBlobStore } from './files.ts'
import { LibsqlRecordStore } from './libsql.ts'
import type { RecordStore } from './records.ts'

export interface Store {
  readonly records: RecordStore
  readonly blobs: BlobStore
}

/**
 * The store in a folder: `records.db` and `blobs/`. It is this process's alone until the records are closed.
 * Throws 'storage/unusable', 'storage/full' or 'storage/corrupt'.
 */
export async function openStore(folder: string): Promise<Store> {
  // The records first: they turn a second process away before it touches the first one's unfinished blobs.
  const records = await LibsqlRecordStore.open(join(folder, 'records.db'))
  try {
    return { records, blobs: await FileBlobStore.open(join(folder, 'blobs')) }
  } catch (thrown) {
    await records.close()
    throw thrown
  }
}
