/** A column's head that sorts by it: numbers largest first, words from A, and the other way round on a second press. */
import type { Signal } from '@preact/signals'
import type { Sorting } from './sorting.ts'

interface SortHeaderProps<Column extends string> {
  readonly column: Column
  readonly label: string
  readonly number: boolean
  readonly sorting: Signal<Sorting<Column>>
}

export function SortHeader<Column extends string>({ column, label, number, sorting }: SortHeaderProps<Column>) {
  const { by, descending } = sorting.value
  const active = by === column
  const press = () => {
    sorting.value = { by: column, descending: active ? !descending : number }
  }
  return (
    <th
      scope="col"
      class={number ? 'number' : column}
      aria-sort={active ? (descending ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" class="sort" onClick={press}>
        {label}
        <span class="arrow" aria-hidden="true">
          {active ? (descending ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  )
}
