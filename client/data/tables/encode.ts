/** Rows of a table as a job's examples. */
import type { Dataset } from '../../../shared/datasets/dataset.ts'
import { PLAIN } from '../../../shared/datasets/dataset.ts'
import { columnWidth } from '../../../shared/datasets/schema.ts'
import { TributaryError } from '../../../shared/errors/error.ts'
import type { Column, TableSchema } from '../../../shared/protocol/data.ts'
import { Growing } from '../readers/growing.ts'
import type { Reading } from '../readers/reading.ts'
import { listed, nothingRead, short } from '../readers/words.ts'
import type { Table, TableRow } from './record.ts'

/** Which of a table's columns stands for which of the job's, by name; others are looked for by their own. */
export type Mapping = Readonly<Record<string, string>>

/**
 * Reads a table. Rows that cannot be examples are left out, and reported with row, column and reason. Throws 'data/mismatch'
 * where a column is missing, and 'data/empty' where no row could be read.
 */
export class TableExamples {
  private readonly schema: TableSchema
  private readonly reading: Reading
  private readonly inputs: Growing<Float32Array>
  private readonly labels: Growing<Int32Array>
  private readonly numbers: Growing<Float32Array>
  private readonly classes: ReadonlyMap<string, number>
  private readonly values: readonly (ReadonlyMap<string, number> | null)[]

  constructor(schema: TableSchema, reading: Reading) {
    this.schema = schema
    this.reading = reading
    this.inputs = new Growing(
      Float32Array,
      schema.columns.reduce((n, column) => n + columnWidth(column), 0),
    )
    this.labels = new Growing(Int32Array, 1)
    this.numbers = new Growing(Float32Array, 1)
    this.classes = placesOf(schema.classes)
    this.values = schema.columns.map((column) => ('values' in column ? placesOf(column.values) : null))
  }

  async add(table: Table, file: string, mapping: Mapping = {}): Promise<void> {
    const at = placesIn(table.columns, columnsOf(this.schema), mapping, file)
    const targetAt = at.pop() as number
    for await (const row of table.rows()) {
      const values = this.encode(row, at, file)
      if (values === null) continue
      if (!this.addTarget(row, row.cells[targetAt], file)) continue
      this.inputs.push(values)
      this.reading.has(this.inputs.count)
    }
  }

  result(): Dataset {
    const { count } = this.inputs
    if (count === 0) throw nothingRead(this.reading)
    const classes = this.schema.classes.length
    const targets = classes > 0 ? { classes, labels: this.labels.take() } : { outputs: 1, values: this.numbers.take() }
    const values = this.inputs.take()
    return { count, shape: [values.length / count], values, scale: PLAIN, targets }
  }

  /** What the model is given of a row; null where it cannot be an example. */
  private encode(row: TableRow, at: readonly number[], file: string): number[] | null {
    const { columns } = this.schema
    const values: number[] = []
    for (const [i, column] of columns.entries()) {
      const cell = row.cells[at[i] as number]
      const places = this.values[i]
      if (places) {
        const place = places.get(textOf(cell))
        for (let v = 0; v < places.size; v++) values.push(v === place ? 1 : 0)
        continue
      }
      const value = this.number(column, cell, row, file)
      if (value === null) return null
      values.push(value)
    }
    return values
  }

  private number(column: Column, cell: unknown, { number }: TableRow, file: string): number | null {
    if ('values' in column) return null
    const { report } = this.reading
    const value = isMissing(cell) ? column.missing : numberOf(cell)
    if (value === null) {
      report.skip(file, 'the cell is empty', number, column.name)
      return null
    }
    if (!Number.isFinite(value)) {
      report.skip(file, `“${short(textOf(cell))}” is not a number`, number, column.name)
      return null
    }
    return (value - column.mean) / column.std
  }

  private addTarget({ number }: TableRow, cell: unknown, file: string): boolean {
    const { classes, target } = this.schema
    const { report } = this.reading
    if (classes.length === 0) {
      const value = isMissing(cell) ? Number.NaN : numberOf(cell)
      if (!Number.isFinite(value)) report.skip(file, `“${short(textOf(cell))}” is not a number`, number, target)
      else this.numbers.push([value])
      return Number.isFinite(value)
    }
    const label = this.classes.get(textOf(cell))
    if (label === undefined)
      report.skip(file, `“${short(textOf(cell))}” is not one of ${listed(classes)}`, number, target)
    else this.labels.push([label])
    return label !== undefined
  }
}

/** The columns that a table needs for this schema, the target last. */
export function columnsOf({ columns, target }: TableSchema): string[] {
  return [...columns.map(({ name }) => name), target]
}

/** Places of the wanted columns in the table, by name, without regard to case and spaces around it. */
function placesIn(columns: readonly string[], wanted: readonly string[], mapping: Mapping, file: string): number[] {
  const plain = (name: string) => name.trim().toLowerCase()
  const known = new Map(columns.map((name, i) => [plain(name), i]).reverse() as [string, number][])
  const places = wanted.map((name) => known.get(plain(mapping[name] ?? name)) ?? -1)
  const missing = wanted.filter((_, i) => places[i] === -1)
  if (missing.length === 0) return places
  // A table without a header has its columns in the job's order, or it is another table.
  if (columns.every((name) => /^column \d+$/.test(name)) && columns.length === wanted.length)
    return wanted.map((_, i) => i)
  throw new TributaryError(
    'data/mismatch',
    `${file} has no column ${listed(missing)}; it has ${listed(columns)}. Rename the columns in the file, or choose which of them is meant.`,
  )
}

const placesOf = (names: readonly string[]): ReadonlyMap<string, number> => new Map(names.map((name, i) => [name, i]))

function textOf(cell: unknown): string {
  return cell === null || cell === undefined ? '' : String(cell).trim()
}

const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?'])

function isMissing(cell: unknown): boolean {
  return MISSING.has(textOf(cell).toLowerCase())
}

/** NaN where it is none. Yes and no count as 1 and 0; a decimal comma is one where there is no point. */
function numberOf(cell: unknown): number {
  if (typeof cell === 'number') return cell
  if (typeof cell === 'bigint') return Number(cell)
  const text = textOf(cell)
  if (/^(true|yes)$/i.test(text)) return 1
  if (/^(false|no)$/i.test(text)) return 0
  const plain = /^[+-]?\d+,\d+$/.test(text) ? text.replace(',', '.') : text
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN
}
