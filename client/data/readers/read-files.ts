/** Files that somebody chose, of whatever format, as a job's examples. */

import type { Dataset } from '../../../shared/datasets/dataset.ts'
import { describe } from '../../../shared/datasets/schema.ts'
import { TributaryError } from '../../../shared/errors/error.ts'
import { listedUpTo } from '../../../shared/errors/listed-up-to.ts'
import type { DataSchema, ImageSchema, TableSchema, TextSchema } from '../../../shared/protocol/data.ts'
import { extensionOf, nameOf, type SourceFile } from '../files/source-file.ts'
import { addCifar, isCifar } from '../images/cifar.ts'
import type { Decode } from '../images/decode.ts'
import { ImageExamples } from '../images/examples.ts'
import { isIdx, readIdxPair } from '../images/idx-pair.ts'
import { addPictures, isPicture } from '../images/pictures.ts'
import { type Mapping, namesOf, wantedColumns } from '../tables/columns.ts'
import { TableExamples } from '../tables/encode.ts'
import { openTable } from '../tables/open.ts'
import type { Owners } from '../tables/owners.ts'
import { TextExamples } from '../texts/examples.ts'
import { readNumpy } from './numpy-examples.ts'
import { Reading, type ReadProgress } from './reading.ts'
import { type ReadReport, Report } from './report.ts'
import { unpacked } from './unpacked.ts'

export interface ReadOptions {
  readonly decode: Decode
  readonly signal: AbortSignal
  readonly onProgress: (progress: ReadProgress) => void
  /** Of tables: which of their columns stands for which of the job's. */
  readonly mapping: Mapping
  /** Of a table: is told whose each example is. */
  readonly owners?: Owners
}

/** Throws 'data/malformed', 'data/mismatch' or 'data/empty', with the sentence that mends it; 'training/cancelled' on the signal. */
export async function readFiles(
  chosen: readonly SourceFile[],
  schema: DataSchema,
  options: ReadOptions,
): Promise<{ readonly dataset: Dataset; readonly report: ReadReport }> {
  const report = new Report()
  const files = await unpacked(chosen)
  if (files.length === 0) throw new TributaryError('data/empty', 'There are no files in it. Choose others.')
  const total = files.reduce((sum, { size }) => sum + size, 0)
  const reading = new Reading(report, options.signal, total, options.onProgress)
  const dataset = await read(files, schema, reading, options)
  return { dataset, report: report.result(dataset.count) }
}

function read(
  files: readonly SourceFile[],
  schema: DataSchema,
  reading: Reading,
  options: ReadOptions,
): Promise<Dataset> {
  if (files.every((file) => extensionOf(file) === 'npy')) return readNumpy(files, schema, reading)
  switch (schema.kind) {
    case 'images':
      return readImages(files, schema, reading, options)
    case 'table':
      return readTables(files, schema, reading, options)
    case 'text':
      return readTexts(files, schema, reading, options)
    default:
      return schema satisfies never
  }
}

async function readImages(
  files: readonly SourceFile[],
  schema: ImageSchema,
  reading: Reading,
  { decode }: ReadOptions,
): Promise<Dataset> {
  const examples = new ImageExamples(schema, reading)
  const pictures = files.filter(isPicture)
  if (pictures.length > 0) {
    for (const file of files)
      if (!isPicture(file)) reading.report.skip(file.path, 'it is no picture that browsers show')
    await addPictures(pictures, schema, decode, examples, reading)
    return examples.result()
  }
  const cifar = files.filter(isCifar)
  if (cifar.length > 0) {
    for (const file of cifar) await addCifar(file, schema, examples, reading)
    return examples.result()
  }
  const idx = []
  for (const file of files) if (await isIdx(file)) idx.push(file)
  if (idx.length > 0) return readIdxPair(idx.length === 1 ? files.slice(0, 2) : idx, schema, reading)
  throw unknown(
    files,
    schema,
    'Choose a folder with a folder of pictures for each class, a .zip of it, or IDX, CIFAR or NumPy files.',
  )
}

async function readTables(
  files: readonly SourceFile[],
  schema: TableSchema,
  reading: Reading,
  { mapping, owners }: ReadOptions,
): Promise<Dataset> {
  const examples = new TableExamples(schema, reading)
  let tables = 0
  const wanted = [...namesOf(wantedColumns(schema), mapping), ...(owners ? [owners.column] : [])]
  for (const file of files) {
    const table = await openTable(file, wanted, reading)
    if (table) tables++
    if (table) await examples.add(table, nameOf(file), mapping, owners)
    else reading.report.skip(file.path, 'it is no table: no CSV, TSV, JSONL or Parquet')
  }
  if (tables === 0) throw unknown(files, schema, 'Choose CSV, TSV, JSONL, Parquet or NumPy files.')
  return examples.result()
}

async function readTexts(
  files: readonly SourceFile[],
  schema: TextSchema,
  reading: Reading,
  { mapping, owners }: ReadOptions,
): Promise<Dataset> {
  const examples = new TextExamples(schema, reading)
  const wanted = [...namesOf(wantedColumns(schema), mapping), ...(owners ? [owners.column] : [])]
  for (const file of files) {
    const plain = ['txt', 'text', 'md', ''].includes(extensionOf(file))
    const table = plain ? null : await openTable(file, wanted, reading)
    if (table) await examples.addTable(table, file, mapping, owners)
    else if (plain) await examples.addText(file)
    else reading.report.skip(file.path, 'it is no text: no TXT, CSV, TSV, JSONL or Parquet')
  }
  return examples.result()
}

function unknown(files: readonly SourceFile[], schema: DataSchema, advice: string): TributaryError {
  return new TributaryError(
    'data/mismatch',
    `This job takes ${describe(schema)}; ${listedUpTo(files.map(nameOf), 3)} cannot be read as such. ${advice}`,
  )
}
