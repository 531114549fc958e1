/** Apache Parquet, a row group at a time. */
import { errorInfo, TributaryError } from '../../../shared/errors/error.ts'
import type { SourceFile } from '../files/source-file.ts'
import type { Reading } from '../readers/reading.ts'
import { MOST_COLUMNS, type Table, type TableRow } from './record.ts'

/** Rows that are decoded at once: a row group may be the whole file. */
const ROWS = 100_000

export function isParquet(head: Uint8Array): boolean {
  return String.fromCharCode(...head.subarray(0, 4)) === 'PAR1'
}

/** `wanted`: names of columns that are looked for; others are not read. Throws 'data/malformed'. */
export async function openParquet(file: SourceFile, wanted: readonly string[], reading: Reading): Promise<Table> {
  const [{ parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ])
  const blob = await file.blob()
  const buffer = {
    byteLength: blob.size,
    slice: (start: number, end?: number) => blob.slice(start, end).arrayBuffer(),
  }
  const malformed = (cause: unknown) =>
    new TributaryError(
      'data/malformed',
      `${file.path} is not a whole Parquet file (${errorInfo(cause).message}). Download or write it again.`,
      { cause },
    )
  const metadata = await parquetMetadataAsync(buffer).catch((cause: unknown) => {
    throw malformed(cause)
  })
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name)
  if (columns.length > MOST_COLUMNS)
    throw new TributaryError(
      'data/malformed',
      `${file.path} has ${columns.length} columns; ${MOST_COLUMNS} is the most.`,
    )
  const plain = new Set(wanted.map((name) => name.trim().toLowerCase()))
  const read = columns.filter((name) => plain.has(name.trim().toLowerCase()))
  const total = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
  async function* rows(): AsyncGenerator<TableRow[]> {
    for (let rowStart = 0; rowStart < total; rowStart += ROWS) {
      const rowEnd = Math.min(total, rowStart + ROWS)
      const objects = await parquetReadObjects({
        file: buffer,
        metadata,
        columns: read,
        compressors,
        rowStart,
        rowEnd,
      }).catch((cause: unknown) => {
        throw malformed(cause)
      })
      reading.read((blob.size * (rowEnd - rowStart)) / total)
      yield objects.map((fields, i) => ({ number: rowStart + i + 1, cells: columns.map((name) => fields[name]) }))
    }
  }
  return { columns, rows }
}
