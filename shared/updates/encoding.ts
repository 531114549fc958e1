/** How an update's parameters become bytes. `plain` ones can be checked and summed by the coordinator as they are. */
import type { EncodingName } from '../protocol/participant.ts'

export interface Encoding {
  readonly name: EncodingName
  readonly visibility: 'plain' | 'opaque'
  /** Where its sum is formed: on A1's grid, or nowhere. */
  readonly summed: 'grid' | 'none'
  /** Bytes of an update of `elements` elements. */
  bytes(elements: number): number
}

export const ENCODING: { readonly [Name in EncodingName]: Encoding } = {
  /** float32, little-endian, in the layout's order. */
  f32: { name: 'f32', visibility: 'plain', summed: 'grid', bytes: (elements) => elements * 4 },
  /** No parameters: the answer is in the metrics. */
  none: { name: 'none', visibility: 'plain', summed: 'none', bytes: () => 0 },
}
