/** What was left out of one's files, and why; and what was assumed. */
import { bytes, count, plural } from '../../../ui/format.ts'
import type { Kept, ReadReport as Read } from '../../view.ts'
import './read-report.css'

export function ReadReport({ report }: { report: Read }) {
  const { skipped, shown, notes, kept } = report
  return (
    <div class="read-report small" data-testid="read-report">
      {kept ? <p class={kept.how === 'failed' ? '' : 'soft'}>{keptWords(kept)}</p> : null}
      {notes.map((note) => (
        <p key={note} class="soft">
          {note}
        </p>
      ))}
      {skipped > 0 ? (
        <details>
          <summary>{plural(skipped, 'thing')} left out, and why</summary>
          <ul>
            {shown.map(({ file, row, column, reason }, i) => (
              <li key={i}>
                <b>
                  {[file, row === null ? '' : `row ${count(row)}`, column ?? '']
                    .filter((part) => part !== '')
                    .join(', ')}
                </b>
                : {reason}
              </li>
            ))}
            {skipped > shown.length ? <li class="soft">and {count(skipped - shown.length)} more</li> : null}
          </ul>
        </details>
      ) : null}
    </div>
  )
}

function keptWords(kept: Kept): string {
  switch (kept.how) {
    case 'taken':
      return 'Taken from what this browser has kept; no file was read again.'
    case 'written':
      return `Kept in this browser: ${bytes(kept.bytes)}.`
    case 'failed':
      return kept.why === 'full'
        ? `It could not be kept: the browser has no room for ${bytes(kept.bytes)} more. Delete what is kept, or go on without; it trains all the same.`
        : `It could not be kept (${kept.why}). It trains all the same.`
    default:
      return kept satisfies never
  }
}
