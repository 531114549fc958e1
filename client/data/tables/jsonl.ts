/** A JSON object a line (jsonlines.org). */
import { TributaryError } from '../../../shared/errors/error.ts'
import { linesOf } from '../files/lines.ts'
import type { SourceFile } from '../files/source-file.ts'
import type { Reading } from '../readers/reading.ts'
import { MOST_COLUMNS, type Table, type TableRow } from './record.ts'

type Fields = Readonly<Record<string, unknown>>

const FIRST_OBJECTS = 100

/** The first objects say what fields there are. Throws 'data/empty' or 'data/malformed'. */
export async function openJsonl(file: SourceFile, reading: Reading): Promise<Table> {
  const first: Fields[] = []
  for await (const lines of linesOf(file, null)) {
    for (const { line } of lines) {
      if (line.trim() === '') continue
      const fields = fieldsOf(line)
      if (fields) first.push(fields)
      else if (first.length === 0)
        throw new TributaryError(
          'data/malformed',
          `${file.path} does not begin with a JSON object on a line of its own. Write one object a line, such as {"text": "…", "label": "…"}.`,
        )
    }
    if (first.length >= FIRST_OBJECTS) break
  }
  if (first.length === 0) throw new TributaryError('data/empty', `${file.path} is empty. Choose another file.`)
  // A field that is null may be left out of some of them.
  const columns = [...new Set(first.flatMap((fields) => Object.keys(fields)))]
  if (columns.length > MOST_COLUMNS)
    throw new TributaryError(
      'data/malformed',
      `${file.path} has ${columns.length} fields; ${MOST_COLUMNS} is the most.`,
    )
  return { columns, rows: () => rowsOf(file, columns, reading) }
}

async function* rowsOf(file: SourceFile, columns: readonly string[], reading: Reading): AsyncGenerator<TableRow[]> {
  for await (const lines of linesOf(file, reading)) {
    const rows: TableRow[] = []
    for (const { number, line } of lines) {
      if (line.trim() === '') continue
      const fields = fieldsOf(line)
      if (fields) rows.push({ number, cells: columns.map((name) => fields[name]) })
      else reading.report.skip(file.path, 'it is not a JSON object', number)
    }
    yield rows
  }
}

function fieldsOf(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
  } catch {
    return null
  }
}
