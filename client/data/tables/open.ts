/** A table of any format, by the file's name. */
import { extensionOf, type SourceFile } from '../files/source-file.ts'
import type { Reading } from '../readers/reading.ts'
import { openCsv } from './csv.ts'
import { openJsonl } from './jsonl.ts'
import { openParquet } from './parquet.ts'
import type { Table } from './record.ts'

/** null where it is none. `wanted`: names of columns that are looked for. */
export async function openTable(file: SourceFile, wanted: readonly string[], reading: Reading): Promise<Table | null> {
  switch (extensionOf(file)) {
    case 'csv':
    case 'tsv':
    case 'tab':
    case 'txt':
    case 'data':
      return openCsv(file, wanted, reading)
    case 'jsonl':
    case 'ndjson':
      return openJsonl(file, reading)
    case 'parquet':
      return openParquet(file, wanted, reading)
    default:
      return null
  }
}
