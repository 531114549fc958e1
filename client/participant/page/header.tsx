/** The page's first line: whose page it is, and whether the coordinator hears it. */
import type { Connection, Participant } from '../view.ts'
import { Mark } from './mark.tsx'
import './header.css'

const WORDS: Record<Connection, string> = {
  offline: 'not connected',
  connecting: 'connecting',
  connected: 'connected',
  reconnecting: 'reconnecting',
}

export function Header({ participant }: { participant: Participant }) {
  const connection = participant.view.connection.value
  const job = participant.view.job.value
  const joined = ['member', 'paused'].includes(participant.view.membership.value)
  return (
    <header class="header">
      <p class="header-name">
        <Mark />
        <span>Tributary</span>
        {job && joined ? <span class="soft header-job">{job.name}</span> : null}
      </p>
      <p class={`connection connection-${connection}`} role="status" data-testid="connection">
        <span class="connection-dot" aria-hidden="true" />
        {WORDS[connection]}
      </p>
    </header>
  )
}
