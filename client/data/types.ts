import type { Dataset } from '../../shared/datasets/dataset.ts'
import type { DataSchema } from '../../shared/protocol/data.ts'

export type DataChoice =
  /** Rendered digits in a handwriting of the participant's own; `writer` names the handwriting. */
  | { readonly source: 'synthetic-digits'; readonly writer: number; readonly examples: number }
  /** A part of the coordinator's demo data. */
  | { readonly source: 'partition'; readonly index: number }
  /** The participant's own IDX files (plain or .gz). */
  | { readonly source: 'idx'; readonly images: File; readonly labels: File }

export interface DataPreview {
  readonly train: number
  readonly validation: number
  /** Examples by class, in their order; empty where the job has none. */
  readonly histogram: readonly number[]
  /** A dozen or two. */
  readonly samples: Samples
}

export type Samples = {
  readonly kind: 'images'
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly pictures: readonly { readonly pixels: Uint8Array; readonly label: number }[]
}

/** What a job demands of data, and what makes reading them repeatable. */
export interface DataDemand {
  readonly schema: DataSchema
  readonly validationSplit: number
  readonly seed: number
  /** The coordinator's origin, for its demo data. */
  readonly url: string
}

export interface ParticipantData {
  readonly train: Dataset
  readonly validation: Dataset
}
