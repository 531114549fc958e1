import type { Metrics } from '../protocol/participant.ts'
import type { FlatParams } from '../tensors/flat.ts'

/** What a client answers with. `diff`: trained minus received, in the layout's order. */
export interface FLModel {
  readonly paramsType: 'diff' | 'none'
  readonly params: FlatParams | null
  readonly numExamples: number
  readonly metrics: Metrics
}
