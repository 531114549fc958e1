/** Takes away the weights of versions that a job does not keep. It never touches what a record names. */
import { errorInfo } from '../../shared/errors/error.ts'
import type { JobConfig } from '../../shared/jobs/config.ts'
import type { Manifest } from '../../shared/jobs/manifest.ts'
import type { Log } from '../logging/log.ts'
import type { BlobStore } from '../storage/blobs.ts'
import type { RecordStore } from '../storage/records.ts'
import { versionsToDrop } from './retention-policy.ts'
import type { VersionStore } from './versions.ts'

export interface RetentionRooms {
  readonly records: RecordStore
  readonly blobs: BlobStore
  readonly versions: VersionStore
  readonly log: Log
}

/** A job as far as retention goes: a JobStart is one. */
export interface RetainedJob {
  readonly id: string
  readonly config: Pick<JobConfig, 'retention' | 'metrics' | 'model'>
}

/**
 * First the records say that versions are not kept; only then go the blobs that no kept version of any job names. If the
 * process dies in between, or a deletion fails, blobs stay that nobody needs: `sweepOrphans` finds them at the next start.
 *
 * A commit's blobs are there before its record is, and look like nobody's in between. So whoever writes blobs and then
 * their record (a commit; a job's version 0) does both inside of `writing`, which never runs beside a sweep. So does who
 * opens an attempt on a version that may not be the latest any more when the attempt is recorded. A sweep may be asked for
 * at any time, but not awaited inside of `writing`.
 *
 * What retention cannot do is logged and does not fail the job: it leaves too much, never too little.
 */
export class Retention {
  private readonly rooms: RetentionRooms
  /** What a manifest names, by its digest: manifests never change, and one job's are read again at every sweep. */
  private readonly named = new Map<string, readonly string[]>()
  /** Blobs of dropped versions that are not deleted yet. */
  private readonly waiting = new Set<string>()
  private turn: Promise<unknown> = Promise.resolve()

  constructor(rooms: RetentionRooms) {
    this.rooms = rooms
  }

  /** Carries out work that writes blobs and then their record, when no sweep is under way. */
  writing<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work)
    this.turn = result.catch(() => {})
    return result
  }

  /**
   * After a commit's record is durable. Resolves with the numbers of the versions that were dropped, for those who show
   * them; never rejects.
   */
  sweep(job: RetainedJob): Promise<readonly number[]> {
    return this.writing(async () => {
      let dropped: number[] = []
      try {
        dropped = await this.drop(job)
        await this.deleteWaiting()
      } catch (thrown) {
        this.rooms.log.warn({ job: job.id, error: errorInfo(thrown).message }, 'Old versions could not all be removed.')
      }
      return dropped
    })
  }

  /**
   * At start-up, before anything is written: deletes the blobs that no record names, such as those of a process that was
   * killed between a version's blobs and its record. Resolves with how many; never rejects.
   */
  sweepOrphans(): Promise<number> {
    return this.writing(async () => {
      let deleted = 0
      try {
        const needed = await this.needed()
        if (!needed) return 0
        for await (const digest of this.rooms.blobs.list()) {
          if (needed.has(digest)) continue
          await this.rooms.blobs.delete(digest)
          deleted++
        }
      } catch (thrown) {
        const error = errorInfo(thrown).message
        this.rooms.log.warn({ error }, 'Files that nobody needs could not all be removed from the store.')
      }
      return deleted
    })
  }

  private async drop(job: RetainedJob): Promise<number[]> {
    const { records } = this.rooms
    const versions = await records.versions(job.id)
    const bases = (await records.openAttempts(job.id)).flatMap(({ plan }) => (plan ? [plan.base] : []))
    // What was given is nowhere else: the job is run again from its version 0.
    const first = job.config.model.weights === null ? [] : versions.slice(0, 1).map(({ digest }) => digest)
    const inUse = new Set([...bases, ...first])
    const numbers = versionsToDrop(versions, job.config.retention, job.config.metrics[0] ?? '', inUse)
    if (numbers.length === 0) return []
    const going = new Set(numbers)
    const digests = versions.filter((v) => going.has(v.version)).map((v) => v.digest)
    const named = await Promise.all(digests.map((digest) => this.namedBy(digest)))
    await records.dropVersions(job.id, numbers)
    for (const [i, digest] of digests.entries()) {
      // Of a manifest that cannot be read only itself is known; the rest is found at the next start.
      for (const blob of named[i] ?? [digest]) this.waiting.add(blob)
      this.named.delete(digest)
    }
    return numbers
  }

  private async deleteWaiting(): Promise<void> {
    if (this.waiting.size === 0) return
    const needed = await this.needed()
    if (!needed) return
    for (const digest of this.waiting) {
      if (!needed.has(digest)) await this.rooms.blobs.delete(digest)
      this.waiting.delete(digest)
    }
  }

  /**
   * The blobs that kept versions name, of all jobs. null where one of their manifests cannot be read: nobody knows then
   * what it names, and nothing may be deleted.
   */
  private async needed(): Promise<Set<string> | null> {
    const needed = new Set<string>()
    let whole = true
    for (const digest of await this.rooms.records.keptDigests()) {
      const named = await this.namedBy(digest)
      if (!named) whole = false
      for (const blob of named ?? []) needed.add(blob)
    }
    return whole ? needed : null
  }

  /** The manifest itself and the blobs that it names; null where it cannot be read. */
  private async namedBy(digest: string): Promise<readonly string[] | null> {
    const known = this.named.get(digest)
    if (known) return known
    try {
      const named = [digest, ...blobsOf(await this.rooms.versions.manifest(digest))]
      this.named.set(digest, named)
      return named
    } catch (thrown) {
      const error = errorInfo(thrown).message
      this.rooms.log.warn({ manifest: digest, error }, 'A version’s manifest cannot be read.')
      return null
    }
  }
}

function blobsOf({ topology, params, base, optimizerState }: Manifest): string[] {
  return [topology, params.digest, ...(base ? [base.digest] : []), ...(optimizerState ? [optimizerState] : [])]
}
