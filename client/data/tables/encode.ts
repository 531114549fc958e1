/** Rows of a table as a job's examples. */
import type { Dataset } from '../../../shared/datasets/dataset.ts'
import { PLAIN } from '../../../shared/datasets/dataset.ts'
import { columnWidth } from '../../../shared/datasets/schema.ts'
import { TributaryError } from '../../../shared/errors/error.ts'
import type { Column, TableSchema } from '../../../shared/protocol/data.ts'
import { classPlaces } from '../readers/class-names.ts'
import { Growing } from '../readers/growing.ts'
import type { Reading } from '../readers/reading.ts'
import { listed, nothingRead, short } from '../readers/words.ts'
import { numberOf, textOf } from './cells.ts'
import { isInOrder, type Mapping, placesOf, wantedColumns } from './columns.ts'
import type { Owners } from './owners.ts'
import type { Table, TableRow } from './record.ts'

/** A column, the places of its names, and where what the model is given of it begins. */
interface Plan {
  readonly column: Column
  readonly places: ((name: string) => number | undefined) | null
  readonly at: number
}

/**
 * Reads a table. Rows that cannot be examples are left out, and reported with row, column and reason. Throws 'data/mismatch'
 * where a column is missing, and 'data/empty' where no row could be read.
 */
export class TableExamples {
  private readonly schema: TableSchema
  private readonly reading: Reading
  private readonly plans: readonly Plan[]
  private readonly inputs: Growing<Float32Array>
  private readonly labels: Growing<Int32Array>
  private readonly numbers: Growing<Float32Array>
  private readonly classOf: (name: string) => number | undefined
  /** How often a column had a name that the job does not list. */
  private readonly unknown = new Map<string, number>()
  /** What is made of the present row. */
  private readonly row: Float32Array

  constructor(schema: TableSchema, reading: Reading) {
    this.schema = schema
    this.reading = reading
    let at = 0
    this.plans = schema.columns.map((column) => {
      const places = 'values' in column ? classPlaces(column.values) : null
      const plan = { column, places, at }
      at += columnWidth(column)
      return plan
    })
    this.row = new Float32Array(at)
    this.inputs = new Growing(Float32Array, at)
    this.labels = new Growing(Int32Array, 1)
    this.numbers = new Growing(Float32Array, 1)
    this.classOf = classPlaces(schema.classes)
  }

  /** `owners`: is told whose each example is. */
  async add(table: Table, file: string, mapping: Mapping, owners: Owners | null = null): Promise<void> {
    const at = placesIn(table.columns, this.schema, mapping, file)
    const targetAt = at.pop() as number
    const ownerAt = owners?.placeIn(table.columns, file)
    for await (const rows of table.rows()) {
      for (const row of rows) {
        const owner = ownerAt === undefined ? '' : textOf(row.cells[ownerAt])
        if (owners && owner === '') {
          this.reading.report.skip(file, 'the cell is empty', row.number, owners.column)
          continue
        }
        if (!this.encode(row, at, file) || !this.addTarget(row, row.cells[targetAt], file)) continue
        this.inputs.push(this.row)
        owners?.add(owner)
      }
      this.reading.has(this.inputs.count)
    }
  }

  result(): Dataset {
    const { count } = this.inputs
    if (count === 0) throw nothingRead(this.reading)
    for (const [column, times] of this.unknown)
      this.reading.report.note(
        `Column ${column}: ${times} cells are none of the names that the job knows, and count as none.`,
      )
    const classes = this.schema.classes.length
    const targets = classes > 0 ? { classes, labels: this.labels.take() } : { outputs: 1, values: this.numbers.take() }
    const values = this.inputs.take()
    return { count, shape: [values.length / count], values, scale: PLAIN, targets }
  }

  /** Writes what the model is given of a row; false where it cannot be an example. */
  private encode({ cells, number }: TableRow, places: readonly number[], file: string): boolean {
    const row = this.row
    const plans = this.plans
    row.fill(0)
    for (let i = 0; i < plans.length; i++) {
      const { column, places: values, at } = plans[i] as Plan
      const cell = cells[places[i] as number]
      if (values) {
        const place = values(textOf(cell))
        if (place !== undefined) row[at + place] = 1
        else this.unknown.set(column.name, (this.unknown.get(column.name) ?? 0) + 1)
        continue
      }
      if ('values' in column) continue
      const value = numberOf(cell) ?? column.missing
      if (value === null || !Number.isFinite(value)) {
        const why = value === null ? 'the cell is empty' : `“${short(textOf(cell))}” is not a number`
        this.reading.report.skip(file, why, number, column.name)
        return false
      }
      row[at] = (value - column.mean) / column.std
    }
    return true
  }

  private addTarget({ number }: TableRow, cell: unknown, file: string): boolean {
    const { classes, target } = this.schema
    const { report } = this.reading
    if (classes.length === 0) {
      const value = numberOf(cell) ?? Number.NaN
      if (!Number.isFinite(value)) report.skip(file, `“${short(textOf(cell))}” is not a number`, number, target)
      else this.numbers.push([value])
      return Number.isFinite(value)
    }
    const label = this.classOf(textOf(cell))
    if (label === undefined)
      report.skip(file, `“${short(textOf(cell))}” is not one of ${listed(classes)}`, number, target)
    else this.labels.push([label])
    return label !== undefined
  }
}

/** Throws 'data/mismatch' where there are not all of them. */
function placesIn(columns: readonly string[], schema: TableSchema, mapping: Mapping, file: string): number[] {
  const wanted = wantedColumns(schema)
  const places = placesOf(columns, wanted, mapping)
  const missing = wanted.filter((_, i) => places[i] === -1)
  if (missing.length === 0) return places
  if (isInOrder(columns, wanted)) return wanted.map((_, i) => i)
  throw new TributaryError(
    'data/mismatch',
    `${file} has no column ${listed(missing.map(({ name }) => name))}; it has ${listed(columns)}. Rename the columns in the file.`,
  )
}
