/** Retention over stores in memory, which may die before or after any of their steps. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JobConfig } from '../../shared/jobs/config.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import type { Layout } from '../../shared/tensors/layout.ts'
import { type Log, silentLog } from '../logging/log.ts'
import type { BlobStore } from '../storage/blobs.ts'
import { MemoryBlobStore, MemoryRecordStore } from '../storage/memory.ts'
import type { RecordStore } from '../storage/records.ts'
import { attempt, job, plan, version } from '../storage/testing.ts'
import { Retention } from './retention.ts'
import type { RetentionPolicy } from './retention-policy.ts'
import { VersionStore } from './versions.ts'

const LAYOUT: Layout = [
  { name: 'w', shape: [2], dtype: 'float32', role: 'trained' },
  { name: 'f', shape: [1], dtype: 'float32', role: 'frozen' },
]
const SEEDED: JobConfig['model'] = { preset: 'mlp', weights: null, frozen: [] }
const LATEST_ONLY: RetentionPolicy = { last: 1, best: false, every: null }

function vector(...values: number[]): FlatParams {
  return FlatParams.concat([Float32Array.from(values)])
}

/** Steps that are left until the process dies. Once dead, it does nothing any more. */
class Life {
  left = Number.POSITIVE_INFINITY

  step(): void {
    this.left--
    if (this.left < 0) throw new Error('the process was killed')
  }
}

/** The store as a process that may die sees it: before each call, and between the call and its answer. */
function mortal<T extends object>(store: T, life: Life): T {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...args: unknown[]) => {
        const answer = () => {
          life.step()
          return method.apply(target, args) as Promise<unknown>
        }
        if (name === 'read' || name === 'list') return answer()
        return (async () => {
          const result = await answer()
          life.step()
          return result
        })()
      }
    },
  })
}

async function listed(blobs: BlobStore): Promise<string[]> {
  const digests: string[] = []
  for await (const digest of blobs.list()) digests.push(digest)
  return digests.sort()
}

/** What is there, and what does with it as a coordinator would. */
class House {
  readonly records = new MemoryRecordStore()
  readonly blobs = new MemoryBlobStore()
  /** What was committed: the weights that each version must have as long as it is kept. */
  readonly weights = new Map<string, number>()
  life = new Life()
  retention = this.begin()

  begin(log: Log = silentLog): Retention {
    this.life = new Life()
    const { records, blobs } = this.seen()
    this.retention = new Retention({ records, blobs, versions: new VersionStore(blobs), log })
    return this.retention
  }

  async commit(jobId: string, weight: number, topology = 0, accuracy: number | null = null): Promise<void> {
    const { records, blobs } = this.seen()
    await this.retention.writing(async () => {
      const number = (await records.versions(jobId)).length
      const versions = new VersionStore(blobs)
      const frame = await versions.putFrame(jobId, { topology }, LAYOUT, vector(topology))
      const { digest } = await versions.put(frame, number, null, vector(weight, 0))
      const test = accuracy === null ? null : { metrics: { accuracy }, loss: 1, examples: 1 }
      const record = version(jobId, number, { digest, test })
      // Known to the test before it is asked for: it may be durable though the answer never came.
      this.weights.set(digest, weight)
      if (number === 0) await records.createJob(job(jobId), record)
      else await records.commitVersion(record, null, [])
    })
  }

  sweep(jobId: string, retention: RetentionPolicy): Promise<readonly number[]> {
    return this.retention.sweep({ id: jobId, config: { retention, metrics: ['accuracy'], model: SEEDED } })
  }

  /** Every version that a record keeps can be read, and has the weights that it was committed with. */
  async check(jobs: readonly string[]): Promise<void> {
    for (const jobId of jobs) {
      const versions = await this.records.versions(jobId)
      for (const [i, record] of versions.entries()) {
        if (i === versions.length - 1) expect(record.kept).toBe(true)
        if (!record.kept) continue
        const read = await new VersionStore(this.blobs).get(record.digest)
        expect(read.version.params.read(0, 1)[0]).toBe(this.weights.get(record.digest))
      }
      for (const open of await this.records.openAttempts(jobId)) {
        expect(versions.find((v) => v.digest === open.plan?.base)?.kept).toBe(true)
      }
    }
  }

  /** The blobs that kept versions name. */
  async needed(): Promise<string[]> {
    const needed = new Set<string>()
    for (const digest of await this.records.keptDigests()) {
      const { topology, params, base } = await new VersionStore(this.blobs).manifest(digest)
      for (const each of [digest, topology, params.digest, base?.digest]) if (each) needed.add(each)
    }
    return [...needed].sort()
  }

  private seen(): { records: RecordStore; blobs: BlobStore } {
    return {
      records: mortal(this.records as RecordStore, this.life),
      blobs: mortal(this.blobs as BlobStore, this.life),
    }
  }
}

const JOBS = ['j-1', 'j-2'] as const
const jobId = fc.constantFrom(...JOBS)
const policy = fc.record({
  last: fc.integer({ min: 1, max: 3 }),
  best: fc.boolean(),
  every: fc.option(fc.integer({ min: 1, max: 4 })),
})
/** Few different weights and topologies, so that versions share blobs. */
const event = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('commit' as const),
      job: jobId,
      weight: fc.integer({ min: 0, max: 3 }),
      topology: fc.integer({ min: 0, max: 1 }),
      accuracy: fc.option(fc.constantFrom(0.1, 0.5, 0.9)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('sweep' as const), job: jobId, policy, wait: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('open' as const), job: jobId, back: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('end' as const), job: jobId }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('kill' as const), after: fc.nat({ max: 25 }) }) },
)

async function carryOut(house: House, what: typeof event extends fc.Arbitrary<infer E> ? E : never): Promise<unknown> {
  switch (what.type) {
    case 'commit':
      return house.commit(what.job, what.weight, what.topology, what.accuracy)
    case 'sweep': {
      const sweeping = house.sweep(what.job, what.policy)
      return what.wait ? sweeping : undefined
    }
    case 'open': {
      return house.retention.writing(async () => {
        const base = (await house.records.versions(what.job)).filter((v) => v.kept).at(-1 - what.back)
        if (base) await house.records.putAttempt(attempt(what.job, 1, {}, plan(what.job, 1, { base: base.digest })))
      })
    }
    case 'end':
      return house.records.putAttempt(attempt(what.job, 1))
    case 'kill':
      house.life.left = what.after
      return
    default:
      return what satisfies never
  }
}

describe('retention', () => {
  it('never removes what a record names, whatever happens in whatever order and wherever the process dies', async () => {
    let [kills, drops] = [0, 0]
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 60 }), async (events) => {
        const house = new House()
        for (const what of events) {
          await carryOut(house, what).catch(() => {})
          if (house.life.left >= 0) continue
          // It is dead. What it still believes to do touches nothing; the next one finds what it left.
          kills++
          await house.retention.writing(async () => {})
          await house.check(JOBS)
          await house.begin().sweepOrphans()
          await house.check(JOBS)
          expect(await listed(house.blobs)).toEqual(await house.needed())
        }
        await house.retention.writing(async () => {})
        await house.check(JOBS)
        await house.begin().sweepOrphans()
        await house.check(JOBS)
        expect(await listed(house.blobs)).toEqual(await house.needed())
        for (const each of JOBS) drops += (await house.records.versions(each)).filter((v) => !v.kept).length
      }),
      { numRuns: 120 },
    )
    // That it was put to the test at all.
    expect(kills).toBeGreaterThan(50)
    expect(drops).toBeGreaterThan(200)
  }, 60_000)

  it('removes a dropped version’s own blobs at once, and says which versions they were', async () => {
    const house = new House()
    for (const weight of [1, 2, 3, 4]) await house.commit('j-1', weight)
    // Four times manifest and weights; topology and frozen tensors are the same.
    expect(await listed(house.blobs)).toHaveLength(10)
    expect(await house.sweep('j-1', { last: 2, best: false, every: null })).toEqual([0, 1])
    expect(await listed(house.blobs)).toHaveLength(6)
    expect(await listed(house.blobs)).toEqual(await house.needed())
    expect(await house.sweep('j-1', { last: 2, best: false, every: null })).toEqual([])
  })

  it('leaves a blob that a version of another job names', async () => {
    const house = new House()
    await house.commit('j-1', 7)
    await house.commit('j-2', 7)
    await house.commit('j-1', 8)
    await house.sweep('j-1', LATEST_ONLY)
    await house.check(JOBS)
    expect((await house.records.versions('j-1')).map((v) => v.kept)).toEqual([false, true])
  })

  it('waits for a commit that is between blob and record', async () => {
    const house = new House()
    for (const weight of [1, 2]) await house.commit('j-1', weight)
    const { records, blobs } = house
    let dropped: readonly number[] | null = null
    let sweeping: Promise<unknown> = Promise.resolve()
    await house.retention.writing(async () => {
      // j-2's version 0 has the weights of j-1's, which is to be dropped.
      const versions = new VersionStore(blobs)
      const frame = await versions.putFrame('j-2', { topology: 0 }, LAYOUT, vector(0))
      const { digest } = await versions.put(frame, 0, null, vector(1, 0))
      sweeping = house.sweep('j-1', LATEST_ONLY).then((numbers) => {
        dropped = numbers
      })
      for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
      expect(dropped).toBeNull()
      house.weights.set(digest, 1)
      await records.createJob(job('j-2'), version('j-2', 0, { digest }))
    })
    await sweeping
    expect(dropped).toEqual([0])
    await house.check(JOBS)
  })

  it('deletes nothing while it cannot read what a kept version names, says so, and makes up for it', async () => {
    const house = new House()
    for (const weight of [1, 2, 3]) await house.commit('j-1', weight)
    const warnings: string[] = []
    house.begin({ ...silentLog, warn: (_, message) => warnings.push(message) })
    const [, middle] = await house.records.versions('j-1')
    const manifest: Uint8Array[] = []
    for await (const piece of house.blobs.read(middle!.digest)) manifest.push(piece)
    await house.blobs.delete(middle!.digest)
    const before = await listed(house.blobs)
    expect(await house.retention.sweepOrphans()).toBe(0)
    expect(await house.sweep('j-1', { last: 2, best: false, every: null })).toEqual([0])
    expect(await listed(house.blobs)).toEqual(before)
    expect(warnings).toEqual(Array.from({ length: 2 }, () => 'A version’s manifest cannot be read.'))
    // The file is back from a backup.
    await house.blobs.put(manifest)
    await house.sweep('j-1', { last: 2, best: false, every: null })
    expect(await listed(house.blobs)).toEqual(await house.needed())
  })

  it('never fails the job: what the store refuses is logged, and done with the next sweep', async () => {
    const house = new House()
    for (const weight of [1, 2]) await house.commit('j-1', weight)
    const warnings: string[] = []
    house.begin({ ...silentLog, warn: (_, message) => warnings.push(message) })
    const { delete: remove } = house.blobs
    house.blobs.delete = async () => {
      throw new Error('EIO')
    }
    expect(await house.sweep('j-1', LATEST_ONLY)).toEqual([0])
    expect(warnings).toEqual(['Old versions could not all be removed.'])
    house.blobs.delete = remove
    await house.sweep('j-1', LATEST_ONLY)
    expect(await listed(house.blobs)).toEqual(await house.needed())
    await house.check(JOBS)
  })
})
