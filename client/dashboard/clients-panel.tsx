/** All clients in a table: sortable by every column, and only the rows in view are in the page. */
import { useComputed, useSignal } from '@preact/signals'
import type { ClientRow } from '../../shared/protocol/dashboard.ts'
import { useWindow } from '../ui/use-window.ts'
import { CLIENT_COLUMNS, ClientCells, type ClientColumn } from './client-columns.tsx'
import { ClientNotes } from './client-notes.tsx'
import { second } from './clock.ts'
import { away, withNotes } from './faults.ts'
import { SortHeader } from './sort-header.tsx'
import { type Sorting, sortRows } from './sorting.ts'
import { clients } from './store.ts'
import { contributionBySpeed, present } from './summary.ts'

const ROW_HEIGHT = 36

export function ClientsPanel() {
  const sorting = useSignal<Sorting<ClientColumn>>({ by: 'ordinal', descending: false })
  const rows = useComputed(() => {
    const { by, descending } = sorting.value
    return sortRows(clients.value, CLIENT_COLUMNS[by].key, descending, (row: ClientRow) => row.ordinal)
  })
  const total = rows.value.length
  const { ref, first, last } = useWindow(total, ROW_HEIGHT)
  const here = present(clients.value)
  const speed = contributionBySpeed(clients.value)
  const { reconnecting, paused } = away(clients.value)
  return (
    <section class="panel" aria-labelledby="clients-title">
      <div class="panel-head">
        <h2 id="clients-title">Clients</h2>
        <span class="small">
          {here} here{total > here && `, ${total - here} left`}
          {paused > 0 && `, ${paused} paused`}
          {reconnecting > 0 && <b class="lost">{`, ${reconnecting} reconnecting`}</b>}
        </span>
        {speed !== null && (
          <span class="small soft">
            {`The fastest third contributed ${speed.fast.toFixed(1)} rounds each, the slowest third ${speed.slow.toFixed(1)}.`}
          </span>
        )}
      </div>
      <p class="caption">One row per tab that joined. Press a column’s head to sort by it.</p>
      <ClientNotes rows={withNotes(clients.value)} />
      {total === 0 ? (
        <p class="soft">
          Nobody is here. Clients that were here before come back by themselves when their tab is open.
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section class="table-scroll" ref={ref} tabIndex={0} aria-labelledby="clients-title">
          <table data-testid="clients-table" aria-rowcount={total + 1} class="rows">
            <thead>
              <tr>
                {(Object.keys(CLIENT_COLUMNS) as ClientColumn[]).map((column) => (
                  <SortHeader
                    key={column}
                    column={column}
                    label={CLIENT_COLUMNS[column].label}
                    number={CLIENT_COLUMNS[column].number}
                    sorting={sorting}
                  />
                ))}
              </tr>
            </thead>
            <tbody>
              <tr class="spacer" style={{ height: `${first * ROW_HEIGHT}px` }} />
              {rows.value.slice(first, last).map((row, i) => (
                <tr
                  key={row.id}
                  data-testid="client-row"
                  data-client={row.id}
                  data-state={row.state}
                  aria-rowindex={first + i + 2}
                  class={row.state === 'gone' ? 'gone' : ''}
                >
                  <ClientCells row={row} second={second.value} />
                </tr>
              ))}
              <tr class="spacer" style={{ height: `${(total - last) * ROW_HEIGHT}px` }} />
            </tbody>
          </table>
        </section>
      )}
    </section>
  )
}
