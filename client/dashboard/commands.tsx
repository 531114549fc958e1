/** What can be done to the job in the state that it is in. */
import { useState } from 'preact/hooks'
import type { ErrorBody, JobCommand, JobRow } from '../../shared/protocol/dashboard.ts'
import type { JobState } from '../../shared/protocol/participant.ts'

const OFFERED: Record<JobState, readonly JobCommand[]> = {
  waiting: ['pause', 'stop'],
  running: ['pause', 'stop'],
  pausing: ['resume', 'stop'],
  paused: ['resume', 'stop'],
  finished: ['more', 'again'],
  stopped: ['more', 'again'],
  failed: ['more', 'again'],
}

/** Label, and what will happen. */
const COMMANDS: Record<JobCommand, readonly [string, string]> = {
  start: ['Start now', 'Open the first round as soon as enough clients are here'],
  pause: ['Pause', 'Finish the open round, then wait'],
  resume: ['Resume', 'Open the next round'],
  stop: ['Stop', 'End the job here; committed versions stay'],
  again: ['Run again', 'Start over from version 0'],
  more: ['Add rounds', 'Go on from the latest version'],
}

/** A job that was not started yet waits for that; one that waits for clients can only be paused or stopped. */
function offered(job: JobRow): readonly JobCommand[] {
  return job.held ? ['start', 'stop'] : OFFERED[job.state]
}

export function Commands({ job }: { job: JobRow }) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const [more, setMore] = useState(10)

  const send = async (command: JobCommand) => {
    setBusy(true)
    setProblem(await post(command, command === 'more' ? { rounds: more } : {}))
    setBusy(false)
  }
  return (
    <div class="commands">
      {offered(job).map((command, i) => (
        <span key={command} class="row">
          {command === 'more' && (
            <input
              type="number"
              min={1}
              max={10_000}
              value={more}
              aria-label="How many rounds to add"
              onInput={(event) => setMore(event.currentTarget.valueAsNumber)}
            />
          )}
          <button
            type="button"
            class={i === 0 && command !== 'pause' ? 'primary' : ''}
            disabled={busy || (command === 'more' && !(more >= 1))}
            title={COMMANDS[command][1]}
            data-testid={`command-${command}`}
            onClick={() => send(command)}
          >
            {COMMANDS[command][0]}
          </button>
        </span>
      ))}
      {problem !== '' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}

/** What went wrong, in a sentence; empty where nothing did. The new state itself arrives as a change. */
async function post(command: JobCommand, body: object): Promise<string> {
  try {
    const response = await fetch(`/api/admin/job/${command}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (response.ok) return ''
    const answer: ErrorBody | null = await response.json().catch(() => null)
    return answer?.error.message ?? `The coordinator refused (HTTP ${response.status}). Look at its log.`
  } catch {
    return 'The coordinator did not answer, so nothing was changed. Try again when this page is live.'
  }
}
