import type { Grid } from '../../shared/aggregation/grid.ts'
import type { RoundRow, Score } from '../../shared/protocol/dashboard.ts'
import type { Acceptance } from '../../shared/protocol/participant.ts'
import type { IssuedTask, TaskKind } from '../../shared/rounds/state.ts'

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
  /** Whether the version's blobs are still there; retention takes those of old versions away, never the record. */
  readonly kept: boolean
}

/** All that a restart needs to take an open attempt up again, under the same ids (R8). */
export interface AttemptPlan {
  readonly kind: TaskKind
  readonly tries: number
  readonly target: number
  readonly quorum: number
  readonly deadlineMs: number
  /** The manifest's digest of the version that the tasks start from. */
  readonly base: string
  /** A1's grid; null where nothing is summed. */
  readonly grid: Grid | null
  readonly tasks: readonly IssuedTask[]
}

export interface AttemptRecord {
  readonly job: string
  readonly attempt: number
  readonly round: number
  readonly row: RoundRow
  /** null once the attempt has ended. */
  readonly plan: AttemptPlan | null
}

/** An update that counted: its task, and what was accepted for it. */
export interface CountedRecord extends Acceptance {
  readonly taskId: string
}

/** The client whose task it was: a task's id is job/attempt/client. */
export function clientOf(taskId: string): string {
  return taskId.slice(taskId.lastIndexOf('/') + 1)
}

/** What is remembered of a task that counted. */
export interface CountedTask {
  readonly taskId: string
  readonly version: number
  /** null for a task that counted under Tributary 0.1.0, which did not write down what it accepted. */
  readonly acceptance: Acceptance | null
}

/**
 * What the coordinator remembers, beside blobs. Duties of an implementation:
 * - when a promise resolves, the change survives the end of the process;
 * - `commitVersion` is one transaction: the version, the attempt's row and the counted task ids, or nothing of them;
 *   a version number or a task id that a job already has makes it throw 'storage/corrupt' and change nothing;
 * - one that fails for want of room or rights throws 'storage/full' or 'storage/unusable' and changes nothing either;
 * - what was never put is answered with null or an empty list.
 */
export interface RecordStore {
  /** A new job with its version 0, in one transaction. */
  createJob(job: JobRecord, first: VersionRecord): Promise<void>
  /** Changes a job's state, reason and rounds. */
  putJob(job: JobRecord): Promise<void>
  /** The job that was created last. */
  latestJob(): Promise<JobRecord | null>
  job(id: string): Promise<JobRecord | null>
  countJobs(): Promise<number>

  /** `parent`: what the clients said of the version before, in the same transaction. */
  commitVersion(
    version: VersionRecord,
    attempt: AttemptRecord | null,
    counted: readonly CountedRecord[],
    parent?: Pick<VersionRecord, 'version' | 'clients'>,
  ): Promise<void>
  /** Replaces those of a version's scores that are given. */
  putScores(job: string, version: number, scores: Partial<Pick<VersionRecord, 'test' | 'clients'>>): Promise<void>
  /** A job's versions, in order. */
  versions(job: string): Promise<VersionRecord[]>
  /** Whether a version of any job has this manifest. */
  versionByDigest(digest: string): Promise<VersionRecord | null>
  /** What was accepted for a task that counted in this job, and in which version; null where it did not count. */
  counted(job: string, taskId: string): Promise<CountedTask | null>
  /** How many different clients' updates counted in a job's versions up to this one. */
  contributors(job: string, version: number): Promise<number>
  /** Marks versions as not kept any more. Their blobs may be deleted once this has resolved, not before. */
  dropVersions(job: string, versions: readonly number[]): Promise<void>
  /** The manifests of all kept versions of all jobs: what the blob store must hold on to. */
  keptDigests(): Promise<string[]>

  /** Adds or replaces; a plan of null clears the one that was stored. */
  putAttempt(attempt: AttemptRecord): Promise<void>
  /** The attempts that have a plan, whatever their number, oldest first. */
  openAttempts(job: string): Promise<AttemptRecord[]>
  /** The latest `limit` attempts, oldest first. */
  attempts(job: string, limit: number): Promise<AttemptRecord[]>

  /** Small secrets and settings by name. */
  getSetting(name: string): Promise<string | null>
  putSetting(name: string, value: string): Promise<void>

  close(): Promise<void>
}
