import type { Capabilities, DatasetSummary } from '../../../shared/protocol/participant.ts'
import type { SessionEvent } from '../../sdk/events.ts'

export interface JoinRequest {
  readonly url: string
  readonly capabilities: Capabilities
  readonly dataset: DatasetSummary
  /** Who this tab was, where it was somebody. */
  readonly resumeToken: string | undefined
  /** Of this page load. */
  readonly nonce: string
  readonly available: boolean
}

/** What the session worker offers to the page. */
export interface SessionApi {
  /** `training`: a port on which the training worker serves its API. */
  join(request: JoinRequest, training: MessagePort, onEvent: (event: SessionEvent) => void): Promise<void>
  setAvailable(available: boolean): Promise<void>
  leave(): Promise<void>
}
