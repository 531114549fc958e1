/**
 * What the dashboard's namespace carries: one snapshot, then changes. Rows are replaced whole, by key.
 * Times are milliseconds since the epoch on the coordinator's clock, sizes are bytes.
 */
import type { ErrorInfo } from '../errors/error.ts'
import type { BackendName, JobState } from './participant.ts'

export interface JobRow {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly state: JobState
  /** Why the job is in this state, in a sentence; empty where the state says it all. */
  readonly reason: string
  /** Rounds committed so far, and how many are planned. */
  readonly round: number
  readonly rounds: number
  readonly minClients: number
  /** What versions are measured by beside the loss; the first is what they are compared by. */
  readonly metrics: readonly string[]
  /** Waits for the command `start`, not for clients. */
  readonly held: boolean
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly parameters: number
  readonly updateBytes: number
  /** What the coordinator tests each version on; null where it has no test data. */
  readonly testData: { readonly name: string; readonly examples: number } | null
  readonly bytesUp: number
  readonly bytesDown: number
  /** Tasks that ended because their client went away, declined, or was refused, by reason. */
  readonly dropouts: {
    readonly gone: number
    readonly declined: number
    readonly rejected: number
    readonly cutOff: number
  }
  /** The same tasks by what their client was doing then. */
  readonly dropoutPhases: { readonly download: number; readonly train: number; readonly upload: number }
  /** Connections that were lost and came back within the grace time. */
  readonly sessionsResumed: number
  /** The validated job configuration, for the settings panel and for saving as a job file. */
  readonly config: unknown
}

export type ClientState = 'idle' | 'download' | 'train' | 'upload' | 'wait' | 'paused' | 'reconnecting' | 'gone'

export interface ClientRow {
  readonly id: string
  /** A small number, steady for the client's life: its colour and its short name ("client 3"). */
  readonly ordinal: number
  readonly state: ClientState
  readonly backend: BackendName
  readonly adapter: string
  readonly hardware: boolean
  /** Why the backend is not WebGPU; empty where it is. */
  readonly backendReason: string
  /** Of every backend that it has measured, the fastest first. */
  readonly rates: readonly { readonly backend: BackendName; readonly examplesPerSecond: number }[]
  readonly examples: number
  readonly examplesPerSecond: number | null
  readonly contributed: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly joinedAt: number
  readonly lastSeen: number
  /** The last thing that went wrong with it, in a sentence; empty where nothing did. */
  readonly note: string
}

export type BarState = 'download' | 'train' | 'upload' | 'counted' | 'declined' | 'gone' | 'rejected' | 'cut-off'

/** One client's part in a round. Instants are null until they have happened. */
export interface ClientBar {
  readonly clientId: string
  readonly ordinal: number
  readonly state: BarState
  readonly sentAt: number
  readonly downloadedAt: number | null
  readonly trainedAt: number | null
  readonly answeredAt: number | null
  /** Of the present phase, 0 to 1. */
  readonly fraction: number
  readonly examples: number
  readonly reason: string
}

export type RoundState = 'open' | 'committing' | 'committed' | 'abandoned'

export interface RoundRow {
  /** `${round}.${attempt}` */
  readonly key: string
  readonly round: number
  readonly attempt: number
  /** The how-manieth attempt at this round it is, from 1. */
  readonly tries: number
  readonly kind: 'train' | 'evaluate'
  readonly state: RoundState
  readonly reason: string
  readonly startedAt: number
  readonly deadlineAt: number
  readonly endedAt: number | null
  /** The version that it committed. */
  readonly version: number | null
  readonly updates: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly bars: readonly ClientBar[]
}

export interface Score {
  readonly loss: number | null
  /** By name; those that these examples say nothing of are missing. */
  readonly metrics: Readonly<Record<string, number>>
  readonly examples: number
}

export interface VersionRow {
  readonly version: number
  readonly round: number
  /** The manifest's sha256: /api/models/<digest>… */
  readonly digest: string
  readonly createdAt: number
  readonly updates: number
  readonly examples: number
  readonly bytes: number
  /** By the coordinator on its test data; null until done, or where it has none. */
  readonly test: Score | null
  /** By the clients on their validation splits, weighted by examples. */
  readonly clients: Score | null
  /** Whether its files are still there: retention takes those of old versions away. */
  readonly kept: boolean
}

export interface LogRow {
  readonly id: number
  readonly at: number
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
}

export interface DashboardSnapshot {
  readonly job: JobRow
  readonly joinUrl: string
  readonly now: number
  readonly clients: readonly ClientRow[]
  /** The latest rounds and attempts, oldest first, at most 200. */
  readonly rounds: readonly RoundRow[]
  readonly versions: readonly VersionRow[]
  readonly log: readonly LogRow[]
}

export type DashboardChange =
  | { readonly kind: 'job'; readonly row: JobRow }
  | { readonly kind: 'client'; readonly row: ClientRow }
  /** The client's row is to be taken away. */
  | { readonly kind: 'client-removed'; readonly id: string }
  | { readonly kind: 'round'; readonly row: RoundRow }
  | { readonly kind: 'version'; readonly row: VersionRow }
  | { readonly kind: 'log'; readonly row: LogRow }
  /** Everything anew: a job was run again. */
  | { readonly kind: 'reset'; readonly snapshot: DashboardSnapshot }

/** POST /api/admin/job/<command>: what an admin can do to the job. `more` takes `{ "rounds": n }`. */
export const JOB_COMMANDS = ['start', 'pause', 'resume', 'stop', 'again', 'more'] as const
export type JobCommand = (typeof JOB_COMMANDS)[number]

/** The body of every response of the API that is not 2xx. */
export interface ErrorBody {
  readonly error: ErrorInfo
}
