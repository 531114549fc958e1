/** The attempts at rounds that were abandoned, newest first, each with its reason; choosing one shows it above. */
import type { RoundRow } from '../../shared/protocol/dashboard.ts'
import { ago, exact } from '../ui/format.ts'
import { second } from './clock.ts'
import { selectedRound } from './store.ts'
import { inSentence, lasted, roundTitle } from './words.ts'

export function AbandonedList({ rows }: { readonly rows: readonly RoundRow[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="abandoned-scroll" tabIndex={0} aria-labelledby="abandoned-title">
      <ol class="abandoned" data-testid="abandoned-rounds">
        {rows.toReversed().map((row) => (
          <li key={row.key} data-testid="abandoned-row" data-round={row.key}>
            <p>
              <span class="cross" aria-hidden="true">
                ×
              </span>
              <button type="button" class="link" title="Show its bars" onClick={() => show(row)}>
                {roundTitle(row)}
              </button>
              <time class="small soft" dateTime={new Date(endOf(row)).toISOString()} title={exact(endOf(row))}>
                {lasted(row) !== null && `ran ${lasted(row)} · `}
                {ago(endOf(row), second.value)}
              </time>
            </p>
            <p class="small">{inSentence(row.reason)}</p>
          </li>
        ))}
      </ol>
    </section>
  )
}

function show(row: RoundRow): void {
  selectedRound.value = row.key
  const panel = document.getElementById('round')
  panel?.scrollIntoView({ block: 'nearest' })
  panel?.focus({ preventScroll: true })
}

function endOf(row: RoundRow): number {
  return row.endedAt ?? row.startedAt
}
