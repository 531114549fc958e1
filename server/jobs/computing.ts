/** The columns of a client's row that say what it computes with. */
import type { ClientRow } from '../../shared/protocol/dashboard.ts'
import type { Capabilities } from '../../shared/protocol/participant.ts'

export type Computing = Pick<ClientRow, 'backend' | 'adapter' | 'hardware' | 'backendReason' | 'rates'>

export function computingOf({ backend, adapter, hardware, reason = '', rates = [] }: Capabilities): Computing {
  return { backend, adapter, hardware, backendReason: reason, rates }
}
