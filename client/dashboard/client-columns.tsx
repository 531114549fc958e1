/** The columns of the clients table: what each is sorted by, and how a row shows it. */
import type { ClientRow } from '../../shared/protocol/dashboard.ts'
import { ago, bytes, count, exact } from '../ui/format.ts'
import { clientColour } from '../ui/palette.ts'
import type { SortKey } from './sorting.ts'
import { CLIENT_STATE, measuredRates } from './words.ts'

export type ClientColumn = keyof typeof CLIENT_COLUMNS

interface Column {
  readonly label: string
  readonly number: boolean
  readonly key: (row: ClientRow) => SortKey
}

export const CLIENT_COLUMNS = {
  ordinal: { label: 'Client', number: false, key: (row) => row.ordinal },
  state: { label: 'State', number: false, key: (row) => CLIENT_STATE[row.state] },
  backend: { label: 'Backend', number: false, key: (row) => row.backend },
  adapter: { label: 'Adapter', number: false, key: (row) => row.adapter },
  examples: { label: 'Examples', number: true, key: (row) => row.examples },
  examplesPerSecond: { label: 'Examples/s', number: true, key: (row) => row.examplesPerSecond },
  contributed: { label: 'Rounds', number: true, key: (row) => row.contributed },
  bytesUp: { label: 'Up', number: true, key: (row) => row.bytesUp },
  bytesDown: { label: 'Down', number: true, key: (row) => row.bytesDown },
  lastSeen: { label: 'Last seen', number: true, key: (row) => row.lastSeen },
  note: { label: 'Note', number: false, key: (row) => row.note || null },
} as const satisfies Record<string, Column>

export function ClientCells({ row, second }: { row: ClientRow; second: number }) {
  const slow = row.backend !== 'webgpu' || !row.hardware
  const measured = measuredRates(row.rates)
  return (
    <>
      <th scope="row" title={`joined ${exact(row.joinedAt)}`}>
        <i class="swatch" style={{ '--c': clientColour(row.ordinal) }} />
        client {row.ordinal}
      </th>
      <td>
        <span class={`dot ${row.state}`}>{CLIENT_STATE[row.state]}</span>
      </td>
      <td title={row.backendReason}>
        {row.backend}
        {slow && row.backendReason !== '' && <Hint says={row.backendReason} />}
      </td>
      <td class="clip" title={row.adapter}>
        {row.adapter}
      </td>
      <td class="number">{count(row.examples)}</td>
      <td class="number" title={measured}>
        {row.examplesPerSecond === null ? '–' : count(row.examplesPerSecond)}
        {measured !== '' && <Hint says={measured} />}
      </td>
      <td class="number">{count(row.contributed)}</td>
      <td class="number">{bytes(row.bytesUp)}</td>
      <td class="number">{bytes(row.bytesDown)}</td>
      <td class="number" title={exact(row.lastSeen)}>
        {ago(row.lastSeen, second)}
      </td>
      <td class="clip note" title={row.note}>
        {row.note}
      </td>
    </>
  )
}

function Hint({ says }: { says: string }) {
  return (
    <span class="hint" role="img" aria-label={says}>
      i
    </span>
  )
}
