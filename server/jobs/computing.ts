/** The columns of a client's row that say what it computes with. */
import type { ClientRow } from '../../shared/protocol/dashboard.ts'
import type { Capabilities } from '../../shared/protocol/participant.ts'

type Computing = Pick<ClientRow, 'backend' | 'adapter' | 'hardware' | 'backendReason'>

/** Rates where they are told: those that were measured before stay true. */
export function computingOf(capabilities: Capabilities): Computing & Partial<Pick<ClientRow, 'rates'>> {
  const { backend, adapter, hardware, reason = '', rates } = capabilities
  return { backend, adapter, hardware, backendReason: reason, ...(rates && { rates }) }
}
