import type { ImageDataset } from '../../shared/datasets/dataset.ts'

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
  /** Examples by class, in the order of JobInfo.data.classes. */
  readonly histogram: readonly number[]
  readonly width: number
  readonly height: number
  /** Grey pixels, 0 (paper) to 255 (ink), row by row; a dozen or two. */
  readonly thumbnails: readonly { readonly pixels: Uint8Array; readonly label: number }[]
}

/** What a job demands of data, and what makes reading them repeatable. */
export interface DataDemand {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly classes: number
  readonly validationSplit: number
  readonly seed: number
  /** The coordinator's origin, for its demo data. */
  readonly url: string
}

export interface ParticipantData {
  readonly train: ImageDataset
  readonly validation: ImageDataset
}
