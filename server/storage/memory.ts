import { createHash } from 'node:crypto'
import { TributaryError } from '../../shared/errors/error.ts'
import type { BlobStore } from './blobs.ts'
import {
  type AttemptRecord,
  type CountedRecord,
  type CountedTask,
  clientOf,
  type JobRecord,
  type RecordStore,
  type VersionRecord,
} from './records.ts'

/** Records in memory: for tests, and for coordinators that are to forget. */
export class MemoryRecordStore implements RecordStore {
  private readonly jobs: JobRecord[] = []
  private readonly allVersions: VersionRecord[] = []
  private readonly allAttempts: AttemptRecord[] = []
  private readonly countedTasks = new Map<string, CountedTask>()
  private readonly settings = new Map<string, string>()

  async createJob(job: JobRecord, first: VersionRecord): Promise<void> {
    await this.commitVersion(first, null, [])
    this.jobs.push(job)
  }

  async putJob(job: JobRecord): Promise<void> {
    const at = this.jobs.findIndex((other) => other.id === job.id)
    if (at >= 0) this.jobs[at] = job
  }

  async latestJob(): Promise<JobRecord | null> {
    return this.jobs.at(-1) ?? null
  }

  async job(id: string): Promise<JobRecord | null> {
    return this.jobs.find((job) => job.id === id) ?? null
  }

  async countJobs(): Promise<number> {
    return this.jobs.length
  }

  async commitVersion(
    version: VersionRecord,
    attempt: AttemptRecord | null,
    counted: readonly CountedRecord[],
    parent?: Pick<VersionRecord, 'version' | 'clients'>,
  ): Promise<void> {
    const keys = counted.map(({ taskId }) => `${version.job}\n${taskId}`)
    const known = this.allVersions.some((v) => v.job === version.job && v.version === version.version)
    const repeated = new Set(keys).size < keys.length || keys.some((key) => this.countedTasks.has(key))
    if (known || repeated) {
      throw new TributaryError('storage/corrupt', `Version ${version.version} of ${version.job} was committed before.`)
    }
    this.allVersions.push(version)
    const before = this.allVersions.findIndex((v) => v.job === version.job && v.version === parent?.version)
    const old = this.allVersions[before]
    if (old && parent) this.allVersions[before] = { ...old, clients: parent.clients }
    if (attempt) await this.putAttempt(attempt)
    for (const { taskId, sha256, at } of counted) {
      this.countedTasks.set(`${version.job}\n${taskId}`, {
        taskId,
        version: version.version,
        acceptance: { sha256, at },
      })
    }
  }

  async putScores(
    job: string,
    version: number,
    scores: Partial<Pick<VersionRecord, 'test' | 'clients'>>,
  ): Promise<void> {
    const at = this.allVersions.findIndex((v) => v.job === job && v.version === version)
    const old = this.allVersions[at]
    if (old) this.allVersions[at] = { ...old, ...scores }
  }

  async versions(job: string): Promise<VersionRecord[]> {
    return this.allVersions.filter((v) => v.job === job).sort((a, b) => a.version - b.version)
  }

  async versionByDigest(digest: string): Promise<VersionRecord | null> {
    return this.allVersions.find((v) => v.digest === digest) ?? null
  }

  async counted(job: string, taskId: string): Promise<CountedTask | null> {
    return this.countedTasks.get(`${job}\n${taskId}`) ?? null
  }

  async contributors(job: string, version: number): Promise<number> {
    const counted = [...this.countedTasks].filter(
      ([key, task]) => key.startsWith(`${job}\n`) && task.version <= version,
    )
    return new Set(counted.map(([, { taskId }]) => clientOf(taskId))).size
  }

  async dropVersions(job: string, versions: readonly number[]): Promise<void> {
    const dropped = new Set(versions)
    for (const [at, v] of this.allVersions.entries()) {
      if (v.job === job && dropped.has(v.version)) this.allVersions[at] = { ...v, kept: false }
    }
  }

  async keptDigests(): Promise<string[]> {
    return this.allVersions.filter((v) => v.kept).map((v) => v.digest)
  }

  async putAttempt(attempt: AttemptRecord): Promise<void> {
    replace(this.allAttempts, attempt, (other) => other.job === attempt.job && other.attempt === attempt.attempt)
  }

  async attempts(job: string, limit: number): Promise<AttemptRecord[]> {
    const own = this.allAttempts.filter((a) => a.job === job).sort((a, b) => a.attempt - b.attempt)
    return own.slice(-limit)
  }

  async openAttempts(job: string): Promise<AttemptRecord[]> {
    return this.allAttempts.filter((a) => a.job === job && a.plan !== null).sort((a, b) => a.attempt - b.attempt)
  }

  async getSetting(name: string): Promise<string | null> {
    return this.settings.get(name) ?? null
  }

  async putSetting(name: string, value: string): Promise<void> {
    this.settings.set(name, value)
  }

  async close(): Promise<void> {}
}

function replace<T>(list: T[], item: T, same: (other: T) => boolean): void {
  const at = list.findIndex(same)
  if (at < 0) list.push(item)
  else list[at] = item
}

export class MemoryBlobStore implements BlobStore {
  private readonly blobs = new Map<string, Uint8Array>()

  async put(pieces: Iterable<Uint8Array>): Promise<{ digest: string; bytes: number }> {
    const bytes = Buffer.concat([...pieces])
    const digest = createHash('sha256').update(bytes).digest('hex')
    this.blobs.set(digest, bytes)
    return { digest, bytes: bytes.length }
  }

  async *read(digest: string): AsyncIterable<Uint8Array> {
    const bytes = this.blobs.get(digest)
    if (!bytes) throw unknownBlob(digest)
    yield bytes
  }

  async size(digest: string): Promise<number | null> {
    return this.blobs.get(digest)?.length ?? null
  }

  async delete(digest: string): Promise<void> {
    this.blobs.delete(digest)
  }

  async *list(): AsyncIterable<string> {
    yield* [...this.blobs.keys()]
  }
}

export function unknownBlob(digest: string): TributaryError {
  return new TributaryError('model/unknown', `The store holds nothing under ${digest}.`)
}
