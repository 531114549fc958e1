import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient } from '@libsql/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LibsqlRecordStore } from './libsql.ts'
import { MIGRATIONS } from './migrations.ts'
import { openStore } from './open.ts'
import { recordStoreContract } from './records.contract.ts'
import { codeOf, job, temporaryFolder, version } from './testing.ts'

recordStoreContract('libSQL in a file', async () => {
  const folder = await temporaryFolder()
  const file = join(folder.path, 'deep', 'records.db')
  let store = await LibsqlRecordStore.open(file)
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await LibsqlRecordStore.open(file)
      return store
    },
    clean: folder.remove,
  }
})

describe('the database file', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let file: string
  beforeEach(async () => {
    folder = await temporaryFolder()
    file = join(folder.path, 'records.db')
  })
  afterEach(() => folder.remove())

  async function sql(...statements: string[]): Promise<unknown> {
    const db = createClient({ url: pathToFileURL(file).href })
    try {
      let last: unknown
      for (const statement of statements) last = (await db.execute(statement)).rows[0]
      return last
    } finally {
      db.close()
    }
  }

  it('carries the number of its schema', async () => {
    await (await LibsqlRecordStore.open(file)).close()
    expect(await sql('PRAGMA user_version')).toMatchObject({ user_version: MIGRATIONS.length })
  })

  it('of a newer Tributary is refused in words, and left as it is', async () => {
    const store = await LibsqlRecordStore.open(file)
    await store.createJob(job('j-1'), version('j-1', 0))
    await store.close()
    await sql(`PRAGMA user_version = ${MIGRATIONS.length + 1}`)
    const opening = LibsqlRecordStore.open(file)
    await expect(opening).rejects.toThrow(
      `written by a newer Tributary (schema ${MIGRATIONS.length + 1}; this one knows ${MIGRATIONS.length})`,
    )
    expect(await codeOf(opening)).toBe('storage/unusable')
    expect(await sql('SELECT COUNT(*) AS n FROM jobs')).toMatchObject({ n: 1 })
  })

  it('that is none is refused', async () => {
    await writeFile(file, 'This is a text, and not a database. '.repeat(100))
    expect(await codeOf(LibsqlRecordStore.open(file))).toBe('storage/unusable')
  })

  it('cannot lie where a folder cannot be made', async () => {
    await writeFile(file, '')
    expect(await codeOf(LibsqlRecordStore.open(join(file, 'below', 'records.db')))).toBe('storage/unusable')
  })

  it('is opened together with the blobs, in one folder', async () => {
    const store = await openStore(folder.path)
    const { digest } = await store.blobs.put([Uint8Array.of(1)])
    await store.records.putSetting('a', 'b')
    await store.records.close()
    const again = await openStore(folder.path)
    expect(await again.blobs.size(digest)).toBe(1)
    expect(await again.records.getSetting('a')).toBe('b')
    await again.records.close()
  })
})
