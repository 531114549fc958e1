import type { Clock } from '../../shared/clock/clock.ts'
import type { JobConfig } from '../../shared/jobs/config.ts'
import type { JobState, Progress, Receipt, UpdateBegin } from '../../shared/protocol/participant.ts'
import type { Past } from '../../shared/rounds/machine.ts'
import type { UpdateSource } from '../../shared/updates/source.ts'
import type { ModelService } from '../evaluation/service.ts'
import type { BeginVerdict, ClientInfo, TaskSender } from '../gateway/ports.ts'
import type { Board } from '../jobs/board.ts'
import type { Retention } from '../jobs/retention.ts'
import type { ModelFrame, Version, VersionStore } from '../jobs/versions.ts'
import type { Log } from '../logging/log.ts'
import type { AttemptRecord, RecordStore, StoredJobState } from '../storage/records.ts'

export type WorkflowCommand =
  | { readonly type: 'start' | 'pause' | 'resume' | 'stop' }
  | { readonly type: 'more'; readonly rounds: number }

/** Where a job stands when its workflow takes it up. */
export interface JobStart {
  readonly id: string
  readonly config: JobConfig
  /** Rounds planned: the config's, and what was added since. */
  readonly rounds: number
  readonly frame: ModelFrame
  readonly version: Version
  /** The last attempt's number; none up to it is used again. */
  readonly lastAttempt: number
  /** waiting: not to be started by itself. running: as soon as there are clients. The rest: as it was. */
  readonly state: StoredJobState
  readonly reason: string
  /** What an earlier coordinator has left of its last attempts; null for a job that begins. */
  readonly past: { readonly rounds: Past; readonly open: AttemptRecord | null } | null
}

/** The rooms that a workflow works with. */
export interface WorkflowRooms {
  readonly clock: Clock
  readonly log: Log
  readonly records: RecordStore
  readonly versions: VersionStore
  readonly retention: Retention
  readonly models: ModelService
  readonly tasks: TaskSender
  readonly board: Board
  /** Told when the job's state, version or scores have changed. */
  readonly changed: () => void
}

/**
 * What the coordinator does over a job's rounds. Duties of an implementation:
 * - every method but the two of updates returns at once; what takes time goes on by itself and shows on the board;
 * - a version is in the store before anybody is told of it (R7), and no update counts twice (R4);
 * - after `close` it does nothing any more.
 */
export interface Workflow {
  /** `held`: it waits for its start. */
  state(): { state: JobState; reason: string; held: boolean }
  readonly version: Version
  readonly round: number
  readonly rounds: number

  /** Why such a client is never selected; empty where it may be. */
  ineligible(client: Pick<ClientInfo, 'capabilities' | 'dataset'>): string
  join(client: ClientInfo): void
  /** A client that is here computes with something else than it said. */
  adapt(client: ClientInfo): void
  setAvailable(clientId: string, available: boolean): void
  /** Sends the client's pending task again, which it may have missed. */
  remind(clientId: string): void
  leave(clientId: string, reason: string): void
  /** Whether the client has a task that is not answered. */
  working(clientId: string): boolean
  progress(clientId: string, progress: Progress): void
  decline(clientId: string, taskId: string, code: string, reason: string): void
  /** Whether an answer of this client to this task would count now. */
  wants(clientId: string, taskId: string): boolean
  offer(clientId: string, begin: UpdateBegin): Promise<BeginVerdict>
  /** `source`: the update's bytes, checked against their sha256; null for an answer without parameters. */
  receive(clientId: string, begin: UpdateBegin, source: UpdateSource | null): Promise<Receipt>
  command(command: WorkflowCommand): void
  /** Resolves when no commit is under way any more. */
  close(): Promise<void>
}
