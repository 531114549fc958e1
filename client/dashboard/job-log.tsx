/** What happened, newest first. */
import { useSignal } from '@preact/signals'
import { ago, exact, plural } from '../ui/format.ts'
import { second } from './clock.ts'
import { log } from './store.ts'

/** The newest are what matters; the coordinator's own log has all. */
const SHOWN = 200

export function JobLog() {
  const open = useSignal(false)
  const problems = log.value.filter((row) => row.level !== 'info').length
  return (
    <details
      class="panel"
      onToggle={(event) => {
        open.value = event.currentTarget.open
      }}
    >
      <summary>
        <h2>Log</h2>{' '}
        <span class="small soft">
          {problems === 0 ? 'what happened, newest first' : `${plural(problems, 'problem')} among the latest`}
        </span>
      </summary>
      {open.value && (
        <ol class="log">
          {log.value
            .slice(-SHOWN)
            .reverse()
            .map((row) => (
              <li key={row.id} class={row.level}>
                <time dateTime={new Date(row.at).toISOString()} title={exact(row.at)}>
                  {ago(row.at, second.value)}
                </time>
                <span>
                  {row.level !== 'info' && <b>{row.level === 'warn' ? 'Warning: ' : 'Error: '}</b>}
                  {row.message}
                </span>
              </li>
            ))}
          {log.value.length === 0 && <li>Nothing yet.</li>}
        </ol>
      )}
    </details>
  )
}
