import type { ErrorInfo } from '../../shared/errors/error.ts'
import type { JobInfo, Receipt, Task } from '../../shared/protocol/participant.ts'
import type { FLModel } from '../../shared/updates/fl-model.ts'
import type { ReceivedModel } from './download.ts'

export interface TrainingProgress {
  /** Of the task, 0 to 1. */
  readonly fraction: number
  readonly loss: number
  readonly accuracy: number
  readonly examplesPerSecond: number
}

/** What a session reports, in the order in which it happens. */
export type SessionEvent =
  | { readonly type: 'connection'; readonly state: 'connecting' | 'connected' | 'reconnecting' }
  | { readonly type: 'welcome'; readonly clientId: string }
  | { readonly type: 'job'; readonly job: JobInfo }
  | {
      readonly type: 'task'
      readonly task: Task
      readonly phase: 'download' | 'train' | 'upload' | 'wait'
      readonly fraction: number
    }
  | { readonly type: 'training'; readonly task: Task; readonly progress: TrainingProgress }
  /** The task is over; `receipt` is null where it was cancelled or declined. */
  | {
      readonly type: 'task-ended'
      readonly task: Task
      readonly receipt: Receipt | null
      readonly bytesUp: number
      readonly bytesDown: number
    }
  /** Something went wrong; `fatal`: the session has ended. */
  | { readonly type: 'problem'; readonly error: ErrorInfo; readonly fatal: boolean }

/** Who does the work: trains or evaluates a received model on data that the session never sees. */
export interface TaskPerformer {
  perform(
    task: Task,
    model: ReceivedModel,
    signal: AbortSignal,
    onProgress: (progress: TrainingProgress) => void,
  ): Promise<FLModel>
}
