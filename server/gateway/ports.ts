/** What passes between the gateway and whoever runs the job. The gateway knows no rounds. */
import type {
  Capabilities,
  DatasetSummary,
  Decline,
  JobInfo,
  Progress,
  Receipt,
  Refusal,
  Task,
  TaskCancel,
  TaskSettled,
  UpdateBegin,
} from '../../shared/protocol/participant.ts'
import type { UpdateSource } from '../../shared/updates/source.ts'
import type { Vectors } from '../../shared/updates/vectors.ts'

export interface ClientInfo {
  readonly id: string
  readonly capabilities: Capabilities
  readonly dataset: DatasetSummary
  /** Whether it wants tasks. */
  readonly available: boolean
}

/** What is to become of an update that a client offers. */
export type BeginVerdict =
  /** Take it, into one of these where it is held in memory. */
  | { readonly kind: 'take'; readonly vectors: Vectors }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }

/** The gateway's one listener: what clients do. */
export interface ClientEvents {
  /** Why such a client would never be selected, in a sentence; empty where it may be. */
  ineligible(client: Pick<ClientInfo, 'capabilities' | 'dataset'>): string
  joined(client: ClientInfo): void
  /** It computes with something else than it said: its GPU failed. */
  computesOtherwise(client: ClientInfo): void
  /** Back within the grace time, under the same id. */
  resumed(clientId: string): void
  /** The connection was lost; the client may be back within the grace time. */
  lost(clientId: string): void
  /** Left, or stayed away past the grace time. Final for this id's present session. */
  gone(clientId: string, reason: string): void
  /** Something of it has arrived; heartbeats count. */
  seen(clientId: string): void
  available(clientId: string, available: boolean): void
  accepted(clientId: string, taskId: string): void
  declined(clientId: string, decline: Decline): void
  progress(clientId: string, progress: Progress): void
  /** Whether an answer of this client to this task would count now. */
  wants(clientId: string, taskId: string): boolean
  updateOffered(clientId: string, begin: UpdateBegin): Promise<BeginVerdict>
  /** All bytes are there and have their sha256. `source` is null for the encoding `none`; it is read before this resolves. */
  updateArrived(clientId: string, begin: UpdateBegin, source: UpdateSource | null): Promise<Receipt>
  /** Something that this client sent could not be used. */
  fault(clientId: string, sentence: string): void
  jobInfo(): JobInfo
}

/** What the job's side asks of the gateway. Sending to a client that is away is harmless. */
export interface TaskSender {
  sendTask(clientId: string, task: Task): void
  cancelTask(clientId: string, cancel: TaskCancel): void
  /** Says what became of an accepted update, which its sender has kept until now. */
  settleTask(clientId: string, settled: TaskSettled): void
  /** Tells everybody of the job's present state. */
  announceJob(job: JobInfo): void
  clients(): ClientInfo[]
}
