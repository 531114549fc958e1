import type { Dataset } from '../../shared/datasets/dataset.ts'
import type { DataSchema } from '../../shared/protocol/data.ts'
import type { ReadReport } from './readers/report.ts'
import type { Mapping } from './tables/columns.ts'

export type DataChoice =
  /** Rendered digits in a handwriting of the participant's own; `writer` names the handwriting. */
  | { readonly source: 'synthetic-digits'; readonly writer: number; readonly examples: number }
  /** A part of the coordinator's demo data. */
  | { readonly source: 'partition'; readonly index: number }
  /** The participant's own files. */
  | {
      readonly source: 'files'
      readonly files: readonly ChosenFile[]
      /** Of tables: which of their columns stands for which of the job's. */
      readonly mapping: Mapping
      /** Whether what is read is kept in this browser, and taken from there where it was before. */
      readonly keep: boolean
    }
  /** Pictures that were taken or drawn on the spot: all their pixels, and their labels. */
  | { readonly source: 'captured'; readonly pixels: Uint8Array; readonly labels: Uint8Array }

export interface ChosenFile {
  /** With the folders that it lies in, as far as they were chosen too. */
  readonly path: string
  readonly file: File
}

export interface DataPreview {
  readonly train: number
  readonly validation: number
  /** Examples by class, in their order; empty where the job has none. */
  readonly histogram: readonly number[]
  /** A dozen or two. */
  readonly samples: Samples
  /** What reading files came to; null of data that are no files. */
  readonly report: ReadReport | null
}

/** Some examples as people read them. */
export type Samples = Pictures | Rows | Texts

export interface Pictures {
  readonly kind: 'images'
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly pictures: readonly { readonly pixels: Uint8Array; readonly label: number }[]
}

/** By the job's columns, the target last. */
export interface Rows {
  readonly kind: 'rows'
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** What the model is given, and what it shall answer; what it does not know is a box. */
export interface Texts {
  readonly kind: 'texts'
  readonly texts: readonly { readonly text: string; readonly answer: string }[]
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
  readonly report: ReadReport | null
}
