import type { BackendName } from '../../../shared/protocol/participant.ts'

export type Availability =
  | { readonly available: true; readonly adapter: string; readonly hardware: boolean }
  | { readonly available: false; readonly reason: string }

/**
 * A way to compute. Duties of an implementation:
 * - `look` finds out what there is without loading tfjs' part for it, and never throws;
 * - `activate` makes it tfjs' present backend or throws 'backend/unavailable'; it never leaves another one in silence.
 */
export interface Backend {
  readonly name: BackendName
  look(): Promise<Availability>
  activate(): Promise<void>
}
