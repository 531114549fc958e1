import type { Capabilities, DatasetSummary } from '../../shared/protocol/participant.ts'
import type { ClientChannel } from './channel.ts'
import type { Uploads } from './uploads/uploads.ts'

/** One client's session; it outlives its connections by the grace time. */
export interface Session {
  readonly id: string
  /** Of the page load that it serves. */
  nonce: string
  /** Whether it wants tasks. */
  available: boolean
  capabilities: Capabilities
  dataset: DatasetSummary
  readonly uploads: Uploads
  link: Link
}

export type Link =
  | { readonly state: 'connected'; readonly channel: ClientChannel }
  /** Past its grace time the session ends, unless that is taken back. */
  | { readonly state: 'away'; readonly takeBack: () => void }
