import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient } from '@libsql/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LibsqlRecordStore } from './libsql.ts'
import { MIGRATIONS } from './migrations.ts'
import { openStore } from './open.ts'
import { recordStoreContract } from './records.contract.ts'
import { attempt, bytesOf, codeOf, counted, job, plan, temporaryFolder, version } from './testing.ts'

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

  it('of a newer Tributary is refused in words, and no byte of the store is touched', async () => {
    const store = await LibsqlRecordStore.open(file)
    await store.createJob(job('j-1'), version('j-1', 0))
    await store.close()
    await sql(`PRAGMA user_version = ${MIGRATIONS.length + 1}`)
    const before = await bytesOf(folder.path)
    const opening = openStore(folder.path)
    await expect(opening).rejects.toThrow(
      `The database ${file} was written by a newer Tributary (schema ${MIGRATIONS.length + 1}; this one knows ${MIGRATIONS.length}). Update Tributary, or choose another folder with --store.`,
    )
    expect(await codeOf(opening)).toBe('storage/unusable')
    expect(await bytesOf(folder.path)).toEqual(before)
    expect(await sql('SELECT COUNT(*) AS n FROM jobs')).toMatchObject({ n: 1 })
  })

  it('of an older Tributary, with data in it, is taken over as it is', async () => {
    await sql(...MIGRATIONS[0]!, 'PRAGMA user_version = 1')
    const { kept: _, ...old } = version('j-1', 0, { test: { loss: 0.5, metrics: { accuracy: 0.75 }, examples: 10 } })
    const oldTest = JSON.stringify({ loss: 0.5, accuracy: 0.75, examples: 10 })
    const row = JSON.stringify(attempt('j-1', 1).row)
    await sql(
      `INSERT INTO jobs (id, config, state, reason, rounds, created_at) VALUES ('j-1', '{"name":"Alt"}', 'running', '', 7, 5)`,
      `INSERT INTO versions (job, version, digest, round, attempt, created_at, updates, examples, bytes, test, clients)
       VALUES ('j-1', 0, '${old.digest}', 0, 1, ${old.createdAt}, 4, 2400.25, 101800, '${oldTest}', NULL)`,
      `INSERT INTO attempts (job, attempt, round, row) VALUES ('j-1', 1, 1, '${row}')`,
      `INSERT INTO counted (job, task_id, version) VALUES ('j-1', 'j-1/1/a', 1)`,
      `INSERT INTO settings (name, value) VALUES ('key', 'secret')`,
    )
    const store = await LibsqlRecordStore.open(file)
    expect(await store.latestJob()).toMatchObject({ id: 'j-1', config: { name: 'Alt' }, rounds: 7 })
    expect(await store.versions('j-1')).toEqual([{ ...old, kept: true }])
    expect(await store.keptDigests()).toEqual([old.digest])
    expect(await store.attempts('j-1', 9)).toEqual([attempt('j-1', 1)])
    expect(await store.openAttempts('j-1')).toEqual([])
    // R4: it counted, and counts no second time; what was accepted then was not written down, and is not made up.
    expect(await store.counted('j-1', 'j-1/1/a')).toEqual({ taskId: 'j-1/1/a', version: 1, acceptance: null })
    expect(await codeOf(store.commitVersion(version('j-1', 1), null, counted('j-1/1/a')))).toBe('storage/corrupt')
    expect(await store.getSetting('key')).toBe('secret')
    await store.commitVersion(version('j-1', 1), attempt('j-1', 2, {}, plan('j-1', 1)), counted('j-1/2/a'))
    await store.dropVersions('j-1', [0])
    await store.close()
    const again = await LibsqlRecordStore.open(file)
    expect((await again.versions('j-1')).map((v) => v.kept)).toEqual([false, true])
    expect(await again.openAttempts('j-1')).toHaveLength(1)
    await again.close()
    expect(await sql('PRAGMA user_version')).toMatchObject({ user_version: MIGRATIONS.length })
  })

  it('is one process’s at a time, until it is closed', async () => {
    const first = await LibsqlRecordStore.open(file)
    const second = LibsqlRecordStore.open(file)
    expect(await codeOf(second)).toBe('storage/unusable')
    await expect(second).rejects.toThrow(
      `The store ${folder.path} is in use by another Tributary. End that one, or choose another folder with --store.`,
    )
    await first.putSetting('a', 'b')
    await first.close()
    const third = await LibsqlRecordStore.open(file)
    expect(await third.getSetting('a')).toBe('b')
    await third.close()
  })

  it('needs no log beside it once it is closed: a copy of the one file is whole', async () => {
    const store = await LibsqlRecordStore.open(file)
    await store.putSetting('a', 'b')
    await store.close()
    const copy = join(folder.path, 'copy.db')
    await copyFile(file, copy)
    const opened = await LibsqlRecordStore.open(copy)
    expect(await opened.getSetting('a')).toBe('b')
    await opened.close()
  })

  it('holds what many do at once, also while it is being read', async () => {
    const store = await LibsqlRecordStore.open(file)
    await store.createJob(job('j-1'), version('j-1', 0))
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        await Promise.all([store.putAttempt(attempt('j-1', i)), store.versions('j-1'), store.putSetting('n', `${i}`)])
        await store.commitVersion(version('j-1', i + 1), null, counted(`j-1/${i}/a`))
      }),
    )
    expect(await store.versions('j-1')).toHaveLength(31)
    expect(await store.attempts('j-1', 99)).toHaveLength(30)
    await store.close()
  })

  it('that is none is refused, and left as it is', async () => {
    const text = 'This is a text, and not a database. '.repeat(100)
    await writeFile(file, text)
    const opening = LibsqlRecordStore.open(file)
    expect(await codeOf(opening)).toBe('storage/corrupt')
    await expect(opening).rejects.toThrow(
      `The records cannot be opened in ${file}: this file is not a database. Restore it from a backup of the store, or start with another --store.`,
    )
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it.each([
    ['in its schema', 100],
    ['in its rows', 4096],
  ])('that is damaged %s is refused in words, at the latest where it is read', async (_, from) => {
    const store = await LibsqlRecordStore.open(file)
    for (let n = 0; n < 40; n++) await store.putAttempt(attempt('j-1', n, { reason: 'x'.repeat(500) }))
    await store.close()
    const whole = await readFile(file)
    await writeFile(file, Buffer.from(whole).fill(0xff, from, from === 100 ? 4096 : undefined))
    const reading = (async () => {
      const damaged = await LibsqlRecordStore.open(file)
      try {
        await damaged.attempts('j-1', 100)
      } finally {
        await damaged.close()
      }
    })()
    expect(await codeOf(reading)).toBe('storage/corrupt')
    await expect(reading).rejects.toThrow(`in ${file}: the database is damaged. Restore it from a backup`)
    // The backup that the sentence speaks of.
    for (const left of ['-wal', '-shm']) await rm(`${file}${left}`, { force: true })
    await writeFile(file, whole)
    const restored = await LibsqlRecordStore.open(file)
    expect(await restored.attempts('j-1', 100)).toHaveLength(40)
    await restored.close()
  })

  it('with a record that is not JSON any more says so', async () => {
    const store = await LibsqlRecordStore.open(file)
    await store.putAttempt(attempt('j-1', 1))
    await store.close()
    await sql(`UPDATE attempts SET row = '{"key": '`)
    const again = await LibsqlRecordStore.open(file)
    const reading = again.attempts('j-1', 1)
    expect(await codeOf(reading)).toBe('storage/corrupt')
    await expect(reading).rejects.toThrow(`A record in ${file} is damaged`)
    await again.close()
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
