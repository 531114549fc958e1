import type { BackendName } from '../../../shared/protocol/participant.ts'

export type Availability =
  | {
      readonly available: true
      readonly adapter: string
      readonly hardware: boolean
      /** That may share the work, where it can be shared: one alone is tried as well. */
      readonly threads?: number
    }
  | { readonly available: false; readonly reason: string }

/**
 * A way to compute. Duties of an implementation:
 * - `look` finds out what there is without loading tfjs' part for it, and never throws;
 * - `activate` makes it tfjs' present backend or throws 'backend/unavailable'; it never leaves another one in silence. `threads`:
 *   how many are to share the work, as many as `look` tells of unless it says otherwise; answered is how many do.
 */
export interface Backend {
  readonly name: BackendName
  look(): Promise<Availability>
  activate(threads?: number): Promise<number>
}
