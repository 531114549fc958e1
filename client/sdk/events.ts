import type { ErrorInfo } from '../../shared/errors/error.ts'
import type { Capabilities, JobInfo, Receipt, Task, TaskSettled } from '../../shared/protocol/participant.ts'
import type { FLModel } from '../../shared/updates/fl-model.ts'
import type { ReceivedModel } from './download.ts'

export interface TrainingProgress {
  /** Of the task, 0 to 1. */
  readonly fraction: number
  readonly loss: number
  /** The job's first metric; null where it is not known before the end. */
  readonly metric: number | null
  readonly examplesPerSecond: number
  /** Until it is done, at this rate. */
  readonly secondsLeft: number
}

/** What a session reports, in the order in which it happens. */
export type SessionEvent =
  | { readonly type: 'connection'; readonly state: 'connecting' | 'connected' | 'reconnecting' }
  /** The coordinator knows this client. `resumed`: its session there had outlived the connection. */
  | {
      readonly type: 'welcome'
      readonly clientId: string
      /** Proves the id to this coordinator, in this tab and after a reload. */
      readonly resumeToken: string
      readonly resumed: boolean
      /** Why this client is never selected, in a sentence; empty where it may be. */
      readonly ineligible: string
    }
  /** The coordinator wants to hear nothing for `retryMs`; hello is said again then. */
  | { readonly type: 'turned-away'; readonly error: ErrorInfo; readonly retryMs: number }
  | { readonly type: 'job'; readonly job: JobInfo }
  | {
      readonly type: 'task'
      readonly task: Task
      /** `turn`: the coordinator has no room for the update yet; it is offered again. `wait`: it has it. */
      readonly phase: 'download' | 'train' | 'upload' | 'turn' | 'wait'
      readonly fraction: number
    }
  | { readonly type: 'training'; readonly task: Task; readonly progress: TrainingProgress }
  /** The task is done, once for each; `receipt` is null where it was cancelled or declined. */
  | {
      readonly type: 'task-ended'
      readonly task: Task
      readonly receipt: Receipt | null
      readonly bytesUp: number
      readonly bytesDown: number
    }
  /** What became of an update that was accepted. */
  | { readonly type: 'settled'; readonly taskId: string; readonly outcome: TaskSettled['outcome'] }
  /** The GPU failed in the task, and something else computes from now on. */
  | { readonly type: 'capabilities'; readonly capabilities: Capabilities }
  /** Something went wrong; `fatal`: the session has ended. */
  | { readonly type: 'problem'; readonly error: ErrorInfo; readonly fatal: boolean }

/** `capabilities`: where they are no longer those that the session told of. */
export interface Answer extends FLModel {
  readonly capabilities?: Capabilities | undefined
}

/** Who does the work: trains or evaluates a received model on data that the session never sees. */
export interface TaskPerformer {
  perform(
    task: Task,
    model: ReceivedModel,
    signal: AbortSignal,
    onProgress: (progress: TrainingProgress) => void,
  ): Promise<Answer>
}
