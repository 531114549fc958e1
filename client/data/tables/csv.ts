/** Values separated by commas, semicolons or tabs, read piece by piece (RFC 4180; what is quoted may hold line ends). */
import type Papa from 'papaparse'
import { TributaryError } from '../../../shared/errors/error.ts'
import { isTooLong, textOf, tooLong } from '../files/lines.ts'
import { extensionOf, type SourceFile } from '../files/source-file.ts'
import type { Reading } from '../readers/reading.ts'
import { MOST_COLUMNS, type Table, type TableRow } from './record.ts'

/** The part of a file that says how it is written. */
const FIRST_CHARACTERS = 64 * 1024
/** Of a first row, in which many columns have long names. */
const MOST_FIRST = 4 * 2 ** 20

interface Parsed {
  readonly data: string[][]
  readonly errors: readonly { readonly code: string }[]
  readonly meta: { readonly cursor: number; readonly aborted: boolean }
}

/** `wanted`: names of columns that are looked for. Throws 'data/empty' or 'data/malformed'. */
export async function openCsv(file: SourceFile, wanted: readonly string[], reading: Reading): Promise<Table> {
  const { default: papa } = await import('papaparse')
  const first = await firstOf(file)
  if (first.trim() === '') throw new TributaryError('data/empty', `${file.path} is empty. Choose another file.`)
  const tabs = ['tsv', 'tab'].includes(extensionOf(file))
  const { data, meta } = papa.parse<string[]>(first, {
    preview: 50,
    skipEmptyLines: 'greedy',
    ...(tabs && { delimiter: '\t' }),
  })
  const config = { delimiter: meta.delimiter, newline: meta.linebreak }
  const [head = []] = data
  if (head.length > MOST_COLUMNS)
    throw new TributaryError(
      'data/malformed',
      `${file.path} has ${head.length} columns or more; ${MOST_COLUMNS} is the most. Choose a table with a row for each example.`,
    )
  const hasHeader = isHeader(head, wanted)
  if (!hasHeader)
    reading.report.note(`${file.path} has no header: its columns are taken in the order of the job’s, the target last.`)
  return {
    columns: hasHeader ? head.map((name) => name.trim()) : head.map((_, i) => `column ${i + 1}`),
    rows: () => rowsOf(file, () => new papa.Parser(config as Papa.ParseConfig), head.length, hasHeader, reading),
  }
}

async function firstOf(file: SourceFile): Promise<string> {
  let first = ''
  for await (const text of textOf(file, null)) {
    first += text
    const whole = first.trimStart().includes('\n')
    if (first.length >= (whole ? FIRST_CHARACTERS : MOST_FIRST)) break
  }
  return first
}

/** Whether the first row names the columns: with a name that is looked for, or with names only, each but once. */
function isHeader(head: readonly string[], wanted: readonly string[]): boolean {
  const names = head.map((cell) => cell.trim().toLowerCase())
  if (wanted.some((name) => names.includes(name.trim().toLowerCase()))) return true
  return new Set(names).size === names.length && names.every((name) => name !== '' && Number.isNaN(Number(name)))
}

async function* rowsOf(
  file: SourceFile,
  parser: () => Papa.Parser,
  width: number,
  hasHeader: boolean,
  reading: Reading,
): AsyncGenerator<TableRow[]> {
  let rest = ''
  let number = 0
  let header = hasHeader
  for await (const text of withEnd(textOf(file, reading))) {
    const input = rest + (text ?? '')
    const last = text === null
    const { data, errors, meta } = parser().parse(input, 0, !last) as Parsed
    rest = last ? '' : input.slice(meta.cursor)
    if (isTooLong(rest)) throw tooLong(file, number + data.length + 1)
    if (last && errors.some(({ code }) => code === 'MissingQuotes'))
      throw new TributaryError(
        'data/malformed',
        `${file.path}: the quotation mark that opens in row ${number + data.length} is never closed, and all that comes after it would be one cell. Close it.`,
      )
    const rows: TableRow[] = []
    for (const cells of data) {
      number++
      if (cells.every((cell) => cell.trim() === '')) continue
      if (header) {
        header = false
        continue
      }
      if (cells.length === width) rows.push({ number, cells })
      else reading.report.skip(file.path, `it has ${cells.length} cells, and the table ${width} columns`, number)
    }
    yield rows
  }
}

/** null after the last. */
async function* withEnd(texts: AsyncIterable<string>): AsyncGenerator<string | null> {
  yield* texts
  yield null
}
