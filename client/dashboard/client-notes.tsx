/** Clients about which there is something to say, in sentences: the table's last column is far away on a phone. */
import type { ClientRow } from '../../shared/protocol/dashboard.ts'
import { clientColour } from '../ui/palette.ts'

/** More than these are in the table, which sorts by its notes. */
const SHOWN = 4

export function ClientNotes({ rows }: { readonly rows: readonly ClientRow[] }) {
  if (rows.length === 0) return null
  const more = rows.length - SHOWN
  return (
    <ul class="client-notes" aria-label="Clients with a note">
      {rows.slice(0, SHOWN).map((row) => (
        <li key={row.id} data-testid="client-note" data-client={row.id}>
          <i class="swatch" style={{ '--c': clientColour(row.ordinal) }} />
          <b>client {row.ordinal}</b> {row.note}
        </li>
      ))}
      {more > 0 && <li class="soft">and {more} more; press “Note” in the table’s head to see them first</li>}
    </ul>
  )
}
