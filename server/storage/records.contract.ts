/** What every RecordStore must do: see the duties in records.ts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecordStore } from './records.ts'
import { attempt, codeOf, counted, job, plan, version } from './testing.ts'

export interface RecordStoreCase {
  readonly store: RecordStore
  /** Closes it and opens what it left; null for a store that forgets. */
  readonly reopen: (() => Promise<RecordStore>) | null
  /** Called last, with the store closed. */
  clean(): Promise<void>
}

export function recordStoreContract(name: string, open: () => Promise<RecordStoreCase>): void {
  describe(`RecordStore: ${name}`, () => {
    let made: RecordStoreCase
    let store: RecordStore
    beforeEach(async () => {
      made = await open()
      store = made.store
    })
    afterEach(async () => {
      await store.close()
      await made.clean()
    })

    /** As it is after the process has ended and a new one has begun. */
    async function later(): Promise<RecordStore> {
      if (made.reopen) store = await made.reopen()
      return store
    }

    it('answers for what was never put with null or an empty list', async () => {
      expect(await store.latestJob()).toBeNull()
      expect(await store.job('none')).toBeNull()
      expect(await store.contributors('none', 9)).toBe(0)
      expect(await store.countJobs()).toBe(0)
      expect(await store.versions('none')).toEqual([])
      expect(await store.versionByDigest('0'.repeat(64))).toBeNull()
      expect(await store.counted('none', 'none')).toBeNull()
      expect(await store.keptDigests()).toEqual([])
      expect(await store.attempts('none', 10)).toEqual([])
      expect(await store.openAttempts('none')).toEqual([])
      expect(await store.getSetting('none')).toBeNull()
    })

    it('keeps a job with its version 0', async () => {
      await store.createJob(job('j-1'), version('j-1', 0))
      await later()
      expect(await store.latestJob()).toEqual(job('j-1'))
      expect(await store.countJobs()).toBe(1)
      expect(await store.versions('j-1')).toEqual([version('j-1', 0)])
    })

    it('changes a job’s state, reason and rounds, and no other job’s', async () => {
      await store.createJob(job('j-1'), version('j-1', 0))
      await store.createJob(job('j-2'), version('j-2', 0))
      await store.putJob(job('j-1', { state: 'failed', reason: 'nobody came', rounds: 9 }))
      await later()
      expect(await store.latestJob()).toEqual(job('j-2'))
      expect(await store.job('j-1')).toEqual(job('j-1', { state: 'failed', reason: 'nobody came', rounds: 9 }))
      await store.putJob(job('j-2', { state: 'stopped', reason: 'enough', rounds: 12 }))
      expect(await (await later()).latestJob()).toEqual(job('j-2', { state: 'stopped', reason: 'enough', rounds: 12 }))
    })

    it('creates a job whole or not at all', async () => {
      await store.createJob(job('j-1'), version('j-1', 0))
      expect(await codeOf(store.createJob(job('j-1', { reason: 'again' }), version('j-1', 0)))).toBe('storage/corrupt')
      expect(await codeOf(store.createJob(job('j-9'), version('j-1', 0, { updates: 99 })))).toBe('storage/corrupt')
      await later()
      expect(await store.countJobs()).toBe(1)
      expect(await store.latestJob()).toEqual(job('j-1'))
      expect(await store.versions('j-1')).toEqual([version('j-1', 0)])
      expect(await store.versions('j-9')).toEqual([])
    })

    it('R7: commits a version with its attempt and the counted tasks', async () => {
      await store.createJob(job('j-1'), version('j-1', 0))
      const ended = attempt('j-1', 1, { state: 'committed', version: 1 })
      const [a, b] = counted('j-1/1/a', 'j-1/1/b')
      await store.commitVersion(version('j-1', 1), ended, [a!, b!])
      await later()
      expect(await store.versions('j-1')).toEqual([version('j-1', 0), version('j-1', 1)])
      expect(await store.attempts('j-1', 10)).toEqual([ended])
      // R4: a repeat can be given the first receipt.
      const { taskId, ...acceptance } = b!
      expect(await store.counted('j-1', taskId)).toEqual({ taskId, version: 1, acceptance })
      expect((await store.counted('j-1', 'j-1/1/a'))?.acceptance).toEqual({ sha256: a!.sha256, at: a!.at })
      expect(await store.counted('j-1', 'j-1/1/c')).toBeNull()
      expect(await store.counted('j-2', 'j-1/1/a')).toBeNull()
      expect(await store.versionByDigest(version('j-1', 1).digest)).toEqual(version('j-1', 1))
    })

    it.each([
      ['R7: a version number that the job has', 1, ['fresh']],
      ['R4: a task id that counted before', 2, ['fresh', 'j-1/1/a']],
      ['R4: a task id that is named twice', 2, ['fresh', 'fresh']],
    ])('refuses %s, and changes nothing', async (_, number, taskIds) => {
      await store.createJob(job('j-1'), version('j-1', 0))
      const open = attempt('j-1', 1, {}, plan('j-1', 1))
      await store.commitVersion(version('j-1', 1), open, counted('j-1/1/a'))
      const first = await store.counted('j-1', 'j-1/1/a')
      const wrong = version('j-1', number, { digest: 'f'.repeat(64) })
      const ended = attempt('j-1', 1, { reason: 'overwritten' })
      expect(await codeOf(store.commitVersion(wrong, ended, counted(...taskIds)))).toBe('storage/corrupt')
      await later()
      expect(await store.versions('j-1')).toEqual([version('j-1', 0), version('j-1', 1)])
      expect(await store.versionByDigest('f'.repeat(64))).toBeNull()
      expect(await store.attempts('j-1', 10)).toEqual([open])
      expect(await store.counted('j-1', 'fresh')).toBeNull()
      expect(await store.counted('j-1', 'j-1/1/a')).toEqual(first)
      // The same task id may count in another job, and the number be the next one's.
      await store.commitVersion(version('j-2', 1), null, counted('j-1/1/a'))
      await store.commitVersion(version('j-1', 2), null, counted('fresh'))
      expect((await store.counted('j-1', 'fresh'))?.version).toBe(2)
    })

    it('commits what the clients said of the version before, with the next one or not at all', async () => {
      const clients = { loss: 0.5, metrics: { accuracy: 0.75 }, examples: 40 }
      const test = { loss: 0.25, metrics: { accuracy: 0.9375 }, examples: 600 }
      await store.createJob(job('j-1'), version('j-1', 0))
      await store.putScores('j-1', 0, { test, clients: null })
      await store.commitVersion(version('j-1', 1), null, [], { version: 0, clients })
      await codeOf(store.commitVersion(version('j-1', 1), null, [], { version: 0, clients: null }))
      await later()
      expect((await store.versions('j-1'))[0]).toEqual(version('j-1', 0, { test, clients }))
    })

    it('tells different clients whose updates counted, up to a version', async () => {
      await store.createJob(job('j-1'), version('j-1', 0))
      await store.createJob(job('j-2'), version('j-2', 0))
      await store.commitVersion(version('j-1', 1), null, counted('j-1/1/a', 'j-1/1/b'))
      await store.commitVersion(version('j-1', 2), null, counted('j-1/3/b', 'j-1/3/c'))
      await store.commitVersion(version('j-2', 1), null, counted('j-2/1/d'))
      await later()
      expect(await Promise.all([0, 1, 2, 9].map((number) => store.contributors('j-1', number)))).toEqual([0, 2, 3, 3])
      expect(await store.contributors('j-2', 1)).toBe(1)
    })

    it('gives versions in order, and replaces scores', async () => {
      await store.createJob(job('j-1'), version('j-1', 0))
      for (const number of [2, 11, 1]) await store.commitVersion(version('j-1', number), null, [])
      const test = { loss: 0.25, metrics: { accuracy: 0.9375 }, examples: 600 }
      const clients = { loss: null, metrics: {}, examples: 0 }
      await store.putScores('j-1', 2, { test, clients: null })
      await store.putScores('j-1', 2, { test, clients })
      await store.putScores('j-1', 99, { test, clients })
      await later()
      const versions = await store.versions('j-1')
      expect(versions.map((v) => v.version)).toEqual([0, 1, 2, 11])
      expect(versions[2]).toEqual(version('j-1', 2, { test, clients }))
      expect(versions[3]).toEqual(version('j-1', 11))
    })

    it('keeps all versions’ records, and knows which of them are kept with their blobs', async () => {
      await store.createJob(job('j-1'), version('j-1', 0))
      await store.createJob(job('j-2'), version('j-2', 0))
      for (const number of [1, 2, 3]) await store.commitVersion(version('j-1', number), null, [])
      await store.commitVersion(version('j-1', 4, { kept: false }), null, [])
      await store.dropVersions('j-1', [0, 2, 99])
      await store.dropVersions('j-1', [2])
      await store.dropVersions('j-2', [])
      await store.dropVersions('j-3', [1])
      await later()
      const versions = await store.versions('j-1')
      expect(versions.map((v) => [v.version, v.kept])).toEqual([
        [0, false],
        [1, true],
        [2, false],
        [3, true],
        [4, false],
      ])
      expect(versions[2]).toEqual(version('j-1', 2, { kept: false }))
      expect(await store.versionByDigest(version('j-1', 2).digest)).toEqual(version('j-1', 2, { kept: false }))
      const kept = [version('j-1', 1), version('j-1', 3), version('j-2', 0)].map((v) => v.digest)
      expect((await store.keptDigests()).sort()).toEqual(kept.sort())
    })

    it('R8: keeps an open attempt’s plan to the letter, until it is put without', async () => {
      const evaluation = plan('j-1', 1, { kind: 'evaluate', grid: null, tasks: [] })
      await store.putAttempt(attempt('j-1', 1, {}, evaluation))
      await store.putAttempt(attempt('j-1', 12, {}, plan('j-1', 2)))
      await store.putAttempt(attempt('j-1', 3))
      await store.putAttempt(attempt('j-2', 1, {}, plan('j-2', 1)))
      await later()
      expect(await store.openAttempts('j-1')).toEqual([
        attempt('j-1', 1, {}, evaluation),
        attempt('j-1', 12, {}, plan('j-1', 2)),
      ])
      expect((await store.attempts('j-1', 1))[0]?.plan).toEqual(plan('j-1', 2))
      // One ends without, the other with a version.
      await store.putAttempt(attempt('j-1', 1, { state: 'abandoned' }))
      await store.commitVersion(version('j-1', 1), attempt('j-1', 12, { state: 'committed' }), [])
      await later()
      expect(await store.openAttempts('j-1')).toEqual([])
      expect((await store.attempts('j-1', 9)).map((a) => [a.attempt, a.row.state, a.plan])).toEqual([
        [1, 'abandoned', null],
        [3, 'open', null],
        [12, 'committed', null],
      ])
      expect(await store.openAttempts('j-2')).toHaveLength(1)
    })

    it('keeps attempts by number, the latest ones, oldest first', async () => {
      for (const number of [3, 1, 12, 2]) await store.putAttempt(attempt('j-1', number))
      await store.putAttempt(attempt('j-2', 99))
      await store.putAttempt(attempt('j-1', 2, { state: 'abandoned', reason: 'nobody answered', endedAt: 7 }))
      await later()
      expect((await store.attempts('j-1', 10)).map((a) => a.attempt)).toEqual([1, 2, 3, 12])
      expect((await store.attempts('j-1', 2)).map((a) => a.attempt)).toEqual([3, 12])
      expect((await store.attempts('j-1', 3))[0]).toEqual(
        attempt('j-1', 2, { state: 'abandoned', reason: 'nobody answered', endedAt: 7 }),
      )
    })

    it('keeps settings, the last value of each', async () => {
      await store.putSetting('key', 'old')
      await store.putSetting('key', 'new „value“')
      await store.putSetting('other', '')
      await later()
      expect(await store.getSetting('key')).toBe('new „value“')
      expect(await store.getSetting('other')).toBe('')
    })
  })
}
