/** A row of a table, wherever it comes from. */
export interface TableRow {
  /** From 1, the header counted. */
  readonly number: number
  /** By the table's columns, in their order. */
  readonly cells: readonly unknown[]
}

/** A table: its columns' names, then its rows. */
export interface Table {
  readonly columns: readonly string[]
  /** Some at a time. */
  rows(): AsyncIterable<readonly TableRow[]>
}

/** More than this is no table that anybody made on purpose. */
export const MOST_COLUMNS = 20_000
