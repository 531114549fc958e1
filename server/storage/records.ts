import type { RoundRow, Score } from '../../shared/protocol/dashboard.ts'

export type StoredJobState = 'waiting' | 'running' | 'paused' | 'finished' | 'stopped' | 'failed'

export interface JobRecord {
  readonly id: string
  /** The validated JobConfig. */
  readonly config: unknown
  readonly state: StoredJobState
  readonly reason: string
  /** Rounds planned; grows with "more rounds". */
  readonly rounds: number
  readonly createdAt: number
}

export interface VersionRecord {
  readonly job: string
  readonly version: number
  /** The manifest's sha256. */
  readonly digest: string
  readonly round: number
  readonly attempt: number
  readonly createdAt: number
  readonly updates: number
  readonly examples: number
  readonly bytes: number
  readonly test: Score | null
  readonly clients: Score | null
}

export interface AttemptRecord {
  readonly job: string
  readonly attempt: number
  readonly round: number
  readonly row: RoundRow
}

/**
 * What the coordinator remembers, beside blobs. Duties of an implementation:
 * - when a promise resolves, the change survives the end of the process;
 * - `commitVersion` is one transaction: the version, the attempt's row and the counted task ids, or nothing of them;
 *   a version number or a task id that a job already has makes it throw 'storage/corrupt' and change nothing;
 * - what was never put is answered with null or an empty list.
 */
export interface RecordStore {
  /** A new job with its version 0, in one transaction. */
  createJob(job: JobRecord, first: VersionRecord): Promise<void>
  /** Changes a job's state, reason and rounds. */
  putJob(job: JobRecord): Promise<void>
  /** The job that was created last. */
  latestJob(): Promise<JobRecord | null>
  countJobs(): Promise<number>

  commitVersion(version: VersionRecord, attempt: AttemptRecord | null, taskIds: readonly string[]): Promise<void>
  /** Replaces a version's scores. */
  putScores(job: string, version: number, scores: Pick<VersionRecord, 'test' | 'clients'>): Promise<void>
  /** A job's versions, in order. */
  versions(job: string): Promise<VersionRecord[]>
  /** Whether a version of any job has this manifest. */
  versionByDigest(digest: string): Promise<VersionRecord | null>
  /** Whether an update counted in this job. */
  counted(job: string, taskId: string): Promise<boolean>

  /** Adds or replaces. */
  putAttempt(attempt: AttemptRecord): Promise<void>
  /** The latest `limit` attempts, oldest first. */
  attempts(job: string, limit: number): Promise<AttemptRecord[]>

  /** Small secrets and settings by name. */
  getSetting(name: string): Promise<string | null>
  putSetting(name: string, value: string): Promise<void>

  close(): Promise<void>
}
