/** What was left out of one's files, and why; and what was assumed. */
import { count, plural } from '../../../ui/format.ts'
import type { ReadReport as Read } from '../../view.ts'
import './read-report.css'

export function ReadReport({ report }: { report: Read }) {
  const { skipped, shown, notes } = report
  return (
    <div class="read-report small" data-testid="read-report">
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
