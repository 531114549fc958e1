/**
 * Stores in memory that outlive the coordinators that use them, and that can be told to end a coordinator in the middle
 * of a write. Beside them a mirror of what is durable, which is what a test may rely on at any instant.
 */

import type { BlobStore } from '../../../server/storage/blobs.ts'
import { MemoryBlobStore, MemoryRecordStore } from '../../../server/storage/memory.ts'
import type {
  AttemptRecord,
  CountedRecord,
  JobRecord,
  RecordStore,
  VersionRecord,
} from '../../../server/storage/records.ts'
import { TributaryError } from '../../../shared/errors/error.ts'

/** What is to happen at the write after `skip` others. fail: it throws and changes nothing. */
export interface Trap {
  skip: number
  readonly how: 'before' | 'after' | 'fail'
}

/** Told of every change, in the instant in which it becomes durable. */
export interface Witness {
  version(version: VersionRecord, attempt: AttemptRecord | null, counted: readonly CountedRecord[]): void
  attempt(attempt: AttemptRecord): void
  trapped(how: Trap['how'], operation: string): void
}

/** One coordinator's use of the disk. Once dead, nothing it asks for happens, nor is answered. */
export interface Mount {
  readonly records: RecordStore
  readonly blobs: BlobStore
  readonly dead: () => boolean
  die(): void
}

const WRITES = new Set(['createJob', 'putJob', 'commitVersion', 'putScores', 'putAttempt', 'dropVersions', 'put'])
const STREAMS = new Set(['read', 'list'])
const NEVER = new Promise<never>(() => {})

export class Disk {
  trap: Trap | null = null
  private readonly records = new MemoryRecordStore()
  private readonly blobs = new MemoryBlobStore()
  private readonly witness: Witness

  constructor(witness: Witness) {
    this.witness = witness
  }

  /** As the next coordinator would read them. */
  get stores(): { readonly records: RecordStore; readonly blobs: BlobStore } {
    return { records: this.records, blobs: this.blobs }
  }

  mount(onDeath: () => void): Mount {
    let dead = false
    const die = () => {
      if (dead) return
      dead = true
      onDeath()
    }
    const carryOut = async (name: string, args: readonly unknown[], act: () => unknown): Promise<unknown> => {
      // Not in the same turn: what a write is asked for and what it does may have other things between them.
      await Promise.resolve()
      await Promise.resolve()
      if (dead) return NEVER
      const how = WRITES.has(name) ? this.sprung(name) : null
      if (how === 'fail') throw new TributaryError('storage/full', 'The disk is full.')
      if (how === 'before') die()
      if (dead) return NEVER
      const result = await act()
      this.observe(name, args)
      if (how === 'after') die()
      await Promise.resolve()
      return dead ? NEVER : result
    }
    const over = <T extends object>(store: T): T =>
      new Proxy(store, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name)
          if (typeof member !== 'function' || typeof name !== 'string') return member
          return (...args: unknown[]) => {
            const act = () => Reflect.apply(member, target, args) as unknown
            return STREAMS.has(name) ? act() : carryOut(name, args, act)
          }
        },
      })
    return { records: over<RecordStore>(this.records), blobs: over<BlobStore>(this.blobs), dead: () => dead, die }
  }

  private sprung(operation: string): Trap['how'] | null {
    const { trap } = this
    if (!trap || trap.skip-- > 0) return null
    this.trap = null
    this.witness.trapped(trap.how, operation)
    return trap.how
  }

  private observe(name: string, args: readonly unknown[]): void {
    if (name === 'createJob') {
      const [, first] = args as [JobRecord, VersionRecord]
      this.witness.version(first, null, [])
    } else if (name === 'commitVersion') {
      const [version, attempt, counted] = args as [VersionRecord, AttemptRecord | null, CountedRecord[]]
      this.witness.version(version, attempt, counted)
    } else if (name === 'putAttempt') {
      this.witness.attempt((args as [AttemptRecord])[0])
    }
  }
}
