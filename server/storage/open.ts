import { join } from 'node:path'
import type { BlobStore } from './blobs.ts'
import { FileBlobStore } from './files.ts'
import { LibsqlRecordStore } from './libsql.ts'
import type { RecordStore } from './records.ts'

export interface Store {
  readonly records: RecordStore
  readonly blobs: BlobStore
}

/** The store in a folder: `records.db` and `blobs/`. Throws 'storage/unusable'. */
export async function openStore(folder: string): Promise<Store> {
  const blobs = await FileBlobStore.open(join(folder, 'blobs'))
  const records = await LibsqlRecordStore.open(join(folder, 'records.db'))
  return { records, blobs }
}
