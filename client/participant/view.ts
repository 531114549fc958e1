/**
 * What the participant's page shows and what it can ask for: the border between its components
 * (which only show) and the controller (which owns the two workers).
 */
import type { ReadonlySignal } from '@preact/signals'
import type { ErrorInfo } from '../../shared/errors/error.ts'
import type { BackendName, JobInfo } from '../../shared/protocol/participant.ts'
import type { ColumnQuestion } from '../data/readers/column-question.ts'
import type { ReadProgress } from '../data/readers/reading.ts'
import type { DataChoice, DataPreview } from '../data/types.ts'
import type { BackendReport } from '../training/types.ts'

export type { ColumnQuestion } from '../data/readers/column-question.ts'
export type { ReadProgress } from '../data/readers/reading.ts'
export type { Kept, ReadReport } from '../data/readers/report.ts'
export type { Mapping } from '../data/tables/columns.ts'
export type { ChosenFile, DataChoice, DataPreview, Samples } from '../data/types.ts'
export type { BackendReport, BackendTrial } from '../training/types.ts'

export type DataState =
  | { readonly status: 'empty' }
  | { readonly status: 'reading'; readonly choice: DataChoice; readonly progress: ReadProgress | null }
  | { readonly status: 'ready'; readonly choice: DataChoice; readonly preview: DataPreview }
  | {
      readonly status: 'failed'
      readonly choice: DataChoice
      readonly error: ErrorInfo
      /** Where knowing which columns are meant would mend it. */
      readonly question: ColumnQuestion | null
    }

export type BackendState =
  | { readonly status: 'probing' }
  | { readonly status: 'ready'; readonly report: BackendReport }
  | { readonly status: 'failed'; readonly error: ErrorInfo }

export type Connection = 'offline' | 'connecting' | 'connected' | 'reconnecting'

/** outside: not joined yet. refused: the coordinator said no (see `problem`). left: by their own wish. */
export type Membership = 'outside' | 'joining' | 'member' | 'paused' | 'left' | 'refused'

/** What the tab is doing at this moment. */
export type Work =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'task'
      readonly task: 'train' | 'evaluate'
      readonly round: number
      /** `turn`: the coordinator has no room for the update yet. */
      readonly phase: 'download' | 'train' | 'upload' | 'turn' | 'wait'
      /** Of the phase, 0 to 1. */
      readonly fraction: number
      readonly examplesPerSecond: number | null
      /** Of the training, where that is what it does. */
      readonly secondsLeft: number | null
    }

/** A point of the participant's own curve. `at` is in rounds: 2.5 is the middle of round 3. */
export interface LocalPoint {
  readonly at: number
  readonly loss: number
  /** The job's first metric; null where steps do not tell. */
  readonly metric: number | null
}

export interface Contribution {
  readonly rounds: number
  readonly bytesUp: number
  readonly bytesDown: number
}

/** How much of the machine a person lets this tab use. */
export interface Limits {
  /** Of the time, in percent, that training computes in. */
  readonly share: (typeof SHARES)[number]
  /** Percent of the battery below which nothing is computed unless it charges; 0: never mind. */
  readonly battery: (typeof BATTERY_LIMITS)[number]
}
export const SHARES = [100, 50, 25] as const
export const BATTERY_LIMITS = [0, 10, 20, 30, 50] as const

export interface Battery {
  /** 0 to 1. */
  readonly level: number
  readonly charging: boolean
}

/** What has befallen the tab that is no error, and that a person would wonder about. */
export type Notice =
  /** It was taking part before a reload, and does again by itself once its examples are there. */
  | { readonly kind: 'rejoining' }
  /** It was, with files of the person's own, which have to be chosen again. */
  | { readonly kind: 'files-again' }
  /** It goes on as who it was before the reload. */
  | { readonly kind: 'back' }
  /** It is another participant than before. */
  | { readonly kind: 'new' }
  /** The coordinator wants to hear nothing until then. */
  | { readonly kind: 'turned-away'; readonly message: string; readonly until: number }
  /** The page is older than the coordinator takes, and about to load the new one. */
  | { readonly kind: 'renewing' }
  /** It has done so, and is still the old one. */
  | { readonly kind: 'still-old' }

/** All the page shows. Each is a signal of its own, so that only what changed is drawn again. */
export interface ParticipantView {
  /** null until the coordinator has told of it. */
  readonly job: ReadonlySignal<JobInfo | null>
  readonly connection: ReadonlySignal<Connection>
  /** Since when the connection is away, in milliseconds since the epoch; null while it is there. */
  readonly lostAt: ReadonlySignal<number | null>
  readonly data: ReadonlySignal<DataState>
  readonly backendChoice: ReadonlySignal<BackendName | 'auto'>
  readonly backend: ReadonlySignal<BackendState>
  readonly membership: ReadonlySignal<Membership>
  /** Why this tab is never selected, in a sentence; empty where it may be. */
  readonly ineligible: ReadonlySignal<string>
  readonly work: ReadonlySignal<Work>
  /** Until the job is done, in milliseconds, as its last rounds went; null while nothing can be said. */
  readonly jobLeft: ReadonlySignal<number | null>
  readonly limits: ReadonlySignal<Limits>
  /** null where the browser does not tell. */
  readonly battery: ReadonlySignal<Battery | null>
  /** Whether the tab computes nothing so that the battery lasts. */
  readonly spared: ReadonlySignal<boolean>
  readonly curve: ReadonlySignal<readonly LocalPoint[]>
  readonly contribution: ReadonlySignal<Contribution>
  /** The last thing that went wrong and that the person can act on or should know of; null when mended. */
  readonly problem: ReadonlySignal<ErrorInfo | null>
  readonly notice: ReadonlySignal<Notice | null>
}

export interface ParticipantActions {
  chooseData(choice: DataChoice): void
  chooseBackend(choice: BackendName | 'auto'): void
  limit(limits: Limits): void
  join(): void
  pause(): void
  /** After a pause of one's own; or after the battery's, which is not spared then until it has charged. */
  resume(): void
  leave(): void
  /** Probabilities of each class by the current global model, of a picture. `pixels` as in DataPreview.samples. */
  predict(pixels: Uint8Array): Promise<readonly number[]>
}

export interface Participant {
  readonly view: ParticipantView
  readonly actions: ParticipantActions
}
