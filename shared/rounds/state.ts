/** The state of a synchronous job's rounds, its events and its effects: see machine.ts for what they mean. */

export interface RoundsConfig {
  readonly job: string
  readonly seed: number
  readonly minClients: number
  /** Updates that are enough; null: one from everybody selected. */
  readonly clientsPerRound: number | null
  readonly overSelection: number
  readonly deadlineMs: number
  readonly maxAbandonedAttempts: number
  /** After the last round all clients evaluate the final model. */
  readonly finalEvaluation: boolean
  /** uniform: by chance alone. least-recent: whoever contributed longest ago first, then by chance. */
  readonly sampler: Sampler
}

export const SAMPLERS = ['uniform', 'least-recent'] as const
export type Sampler = (typeof SAMPLERS)[number]

export type TaskKind = 'train' | 'evaluate'

/** pending: no answer yet. The others are final. */
export type TaskStatus = 'pending' | 'answered' | 'declined' | 'gone' | 'cut-off'

export interface TaskState {
  readonly taskId: string
  readonly clientId: string
  status: TaskStatus
}

export interface Attempt {
  readonly kind: TaskKind
  readonly round: number
  readonly attempt: number
  /** Answers that end it early, and those without which it is abandoned. */
  readonly target: number
  readonly quorum: number
  readonly tasks: Map<string, TaskState>
  pending: number
  answered: number
}

export type Phase =
  /** No attempt is open: not started, paused, or too few clients. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'open'; readonly attempt: Attempt }
  /** The attempt's answers are being aggregated and made durable. */
  | { readonly kind: 'committing'; readonly attempt: Attempt }
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly reason: string }

export type Outcome = 'finished' | 'stopped' | 'failed'

export interface PoolClient {
  readonly examples: number
  /** Fits the job by its data and backend; one that does not is never selected. */
  readonly eligible: boolean
  /** Wants tasks: connected, and not paused by its person. */
  available: boolean
  /** Has a task that is pending. */
  task: string | null
}

export interface RoundsState {
  readonly config: RoundsConfig
  /** hold: not started. drain: pause when the open attempt has ended. */
  control: 'hold' | 'run' | 'drain'
  /** Rounds planned in all, and committed. */
  rounds: number
  committed: number
  /** The last attempt number used in the job; never used again. */
  lastAttempt: number
  abandonedInARow: number
  readonly clients: Map<string, PoolClient>
  /** Ids of clients that could be selected now. */
  readonly selectable: Set<string>
  /** Cut off by an early commit: selected first next time (R1). */
  readonly priority: Set<string>
  /** Clients of the last attempt before a restart that are not back yet: no selection is made without them (R8). */
  readonly awaited: Set<string>
  /** The round to which each client contributed last, least recent first; clients that are gone stay for a while. */
  readonly contributed: Map<string, number>
  evaluated: boolean
  /** Stop as soon as the commit under way is through. */
  stopping: boolean
  phase: Phase
}

export type RoundsEvent =
  | {
      readonly type: 'client-joined'
      readonly clientId: string
      readonly examples: number
      readonly eligible: boolean
      readonly available: boolean
    }
  | { readonly type: 'client-available'; readonly clientId: string; readonly available: boolean }
  /** Left, or gone past its grace time. */
  | { readonly type: 'client-gone'; readonly clientId: string }
  /** Its update was checked and counted. */
  | { readonly type: 'answered'; readonly taskId: string }
  | { readonly type: 'declined'; readonly taskId: string }
  | { readonly type: 'deadline'; readonly attempt: number }
  /** The attempt could not be made durable; no task of it has gone out. */
  | { readonly type: 'open-failed'; readonly attempt: number; readonly reason: string }
  /** What was summed cannot be trusted any more; the attempt's answers are lost. */
  | { readonly type: 'sums-lost'; readonly attempt: number; readonly reason: string }
  | { readonly type: 'committed'; readonly attempt: number }
  | { readonly type: 'commit-failed'; readonly attempt: number; readonly reason: string }
  | { readonly type: 'start' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop' }
  | { readonly type: 'more'; readonly rounds: number }

export interface IssuedTask {
  readonly taskId: string
  readonly clientId: string
  readonly examples: number
}

export type Effect =
  | {
      readonly type: 'open'
      readonly kind: TaskKind
      readonly round: number
      readonly attempt: number
      /** The how-manieth attempt at this round it is, from 1. */
      readonly tries: number
      readonly tasks: readonly IssuedTask[]
      readonly deadlineMs: number
    }
  /** These tasks' answers are not wanted any more. */
  | { readonly type: 'cancel'; readonly tasks: readonly TaskState[]; readonly reason: string }
  | { readonly type: 'commit'; readonly round: number; readonly attempt: number; readonly taskIds: readonly string[] }
  /** An evaluation phase ended; nothing is to be committed. */
  | { readonly type: 'evaluated'; readonly attempt: number }
  | { readonly type: 'abandoned'; readonly round: number; readonly attempt: number; readonly reason: string }
  | { readonly type: 'ended'; readonly outcome: Outcome; readonly reason: string }
