/** Sorting of table rows. Pure. */

/** null (unknown) goes last, whichever way the column is sorted. */
export type SortKey = string | number | null

export interface Sorting<Column extends string> {
  readonly by: Column
  readonly descending: boolean
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** A sorted copy. Equal rows keep the order of `tie`, so that a live table does not shuffle. */
export function sortRows<Row>(
  rows: readonly Row[],
  key: (row: Row) => SortKey,
  descending: boolean,
  tie: (row: Row) => number,
): Row[] {
  const sign = descending ? -1 : 1
  return rows
    .map((row) => ({ row, key: key(row) }))
    .sort((a, b) => {
      if (a.key === b.key) return tie(a.row) - tie(b.row)
      if (a.key === null) return 1
      if (b.key === null) return -1
      const order =
        typeof a.key === 'number' && typeof b.key === 'number'
          ? a.key - b.key
          : collator.compare(String(a.key), String(b.key))
      return order === 0 ? tie(a.row) - tie(b.row) : sign * order
    })
    .map(({ row }) => row)
}
