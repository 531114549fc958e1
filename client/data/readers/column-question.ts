/** What is to be asked where a participant's table calls its columns otherwise than the job does. */
import type { DataSchema } from '../../../shared/protocol/data.ts'
import { extensionOf, nameOf, type SourceFile } from '../files/source-file.ts'
import { isInOrder, type Mapping, namesOf, placesOf, wantedColumns } from '../tables/columns.ts'
import { openTable } from '../tables/open.ts'
import { Reading } from './reading.ts'
import { Report } from './report.ts'
import { unpacked } from './unpacked.ts'

export interface ColumnQuestion {
  readonly file: string
  /** The job's columns that the file does not have. */
  readonly lacking: readonly string[]
  /** The file's columns that stand for none of the job's yet. */
  readonly found: readonly string[]
}

/** More than these nobody answers by hand: renaming them in the file is quicker. */
const MOST_LACKING = 40
const MOST_FOUND = 500

/** Of the first table that lacks columns; null where none does, or where an answer would not mend it. Throws what reading throws. */
export async function columnQuestion(
  chosen: readonly SourceFile[],
  schema: DataSchema,
  mapping: Mapping,
): Promise<ColumnQuestion | null> {
  const wanted = wantedColumns(schema)
  if (wanted.length === 0) return null
  const reading = new Reading(new Report(), new AbortController().signal, 1, () => {})
  for (const file of await unpacked(chosen)) {
    // What is plain text to a job of texts is a table to a job of tables.
    if (schema.kind === 'text' && extensionOf(file) === 'txt') continue
    const table = await openTable(file, namesOf(wanted, mapping), reading)
    if (!table || isInOrder(table.columns, wanted)) continue
    const places = placesOf(table.columns, wanted, mapping)
    const lacking = wanted.filter((_, i) => places[i] === -1).map(({ name }) => name)
    if (lacking.length === 0) continue
    const found = table.columns.filter((name, i) => name !== '' && !places.includes(i))
    const answerable = lacking.length <= Math.min(found.length, MOST_LACKING) && found.length <= MOST_FOUND
    return answerable ? { file: nameOf(file), lacking, found } : null
  }
  return null
}
