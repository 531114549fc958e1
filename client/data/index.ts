/**
 * The readers of the participants' page, as a library: files of any format become examples of a data schema.
 *
 * ```js
 * const { dataset, report } = await readExamples(input.files, { kind: 'images', width: 32, height: 32, channels: 3, classes })
 * ```
 */
import type { Dataset } from '../../shared/datasets/dataset.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import { type DataSchemaInput, dataSchema } from '../../shared/protocol/data.ts'
import { sourceFile } from './files/source-file.ts'
import { browserDecoder, type Decode } from './images/decode.ts'
import { readFiles } from './readers/read-files.ts'
import type { ReadProgress } from './readers/reading.ts'
import type { ReadReport } from './readers/report.ts'
import type { Mapping } from './tables/columns.ts'

export type { Dataset } from '../../shared/datasets/dataset.ts'
export type { DataSchema, DataSchemaInput } from '../../shared/protocol/data.ts'
export type { Decode } from './images/decode.ts'
export type { ReadProgress } from './readers/reading.ts'
export type { ReadReport, Skipped } from './readers/report.ts'
export type { Mapping } from './tables/columns.ts'

/** A file; with a path where the folders that it lies in name the classes. */
export type Readable = File | { readonly path: string; readonly file: Blob }

export interface ReadExamplesOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: ReadProgress) => void
  /** Of a table: which of its columns stands for which of the schema's. */
  readonly mapping?: Mapping
  /** How pictures become pixels; by the browser itself, where there is one. */
  readonly decode?: Decode
}

/**
 * Pictures in folders, IDX, CIFAR, CSV, TSV, JSONL, Parquet, text or NumPy, also zipped, as a job with this data schema has them. Throws
 * 'job/invalid' where there is no such schema, 'data/malformed', 'data/mismatch' or 'data/empty' with the sentence that mends it, and
 * 'training/cancelled' on the signal.
 */
export async function readExamples(
  files: Iterable<Readable>,
  schema: DataSchemaInput,
  { signal, onProgress = () => {}, mapping = {}, decode = browserDecoder() }: ReadExamplesOptions = {},
): Promise<{ readonly dataset: Dataset; readonly report: ReadReport }> {
  const parsed = dataSchema.safeParse(schema)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the schema'}: ${message}`)
    throw new TributaryError('job/invalid', `This is no data schema: ${faults.join('; ')}.`)
  }
  const sources = Array.from(files, (given) =>
    'path' in given ? sourceFile(given.file, given.path) : sourceFile(given, given.webkitRelativePath || given.name),
  )
  const options = { decode, onProgress, mapping, signal: signal ?? new AbortController().signal }
  return readFiles(sources, parsed.data, options)
}
