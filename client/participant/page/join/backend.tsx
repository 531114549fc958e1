/** What the tab will compute with, why, and the menu to have it otherwise. */
import { duration } from '../../../ui/format.ts'
import type { BackendReport, Participant } from '../../view.ts'
import { Fault } from '../fault.tsx'
import { Spinner } from '../spinner.tsx'
import { LimitMenus } from './limits.tsx'
import { BackendMenu } from './menu.tsx'
import { Trials } from './trials.tsx'
import { BACKEND_WORDS } from './words.ts'
import './backend.css'

export function Backend({ participant }: { participant: Participant }) {
  const state = participant.view.backend.value
  const waiting = participant.view.data.value.status !== 'ready'
  return (
    <div class="backend">
      {state.status === 'probing' && waiting ? (
        <p class="small soft">How it computes best is tried out with your data.</p>
      ) : null}
      {state.status === 'probing' && !waiting ? <Spinner>Looking for the fastest way to compute</Spinner> : null}
      {state.status === 'failed' ? <Fault error={state.error} testid="problem" /> : null}
      {state.status === 'ready' ? <BackendLine report={state.report} /> : null}
      <details class="small">
        <summary>Choose how to compute</summary>
        <div class="stack">
          <BackendMenu participant={participant} />
          <LimitMenus participant={participant} />
          {state.status === 'ready' ? <Trials trials={state.report.trials} /> : null}
        </div>
      </details>
    </div>
  )
}

export function BackendLine({ report }: { report: BackendReport }) {
  return (
    <div>
      <p>
        <strong data-testid="backend-name">
          {BACKEND_WORDS[report.backend]} · {report.adapter}
        </strong>
        {report.secondsPerRound === null ? null : <span class="soft"> · {aRound(report.secondsPerRound)} a round</span>}
      </p>
      {report.reason ? (
        <p class="small soft" data-testid="backend-reason">
          {report.reason}
        </p>
      ) : null}
    </div>
  )
}

function aRound(seconds: number): string {
  return seconds < 0.1 ? 'less than 0.1 s' : `about ${duration(seconds * 1000)}`
}
