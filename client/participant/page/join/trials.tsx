/** What became of each backend that was looked at. */
import { count } from '../../../ui/format.ts'
import type { BackendTrial } from '../../view.ts'
import { BACKEND_WORDS, OUTCOME_WORDS } from './words.ts'
import './trials.css'

export function Trials({ trials }: { trials: readonly BackendTrial[] }) {
  if (trials.length === 0) return null
  return (
    <dl class="trials">
      {trials.map((trial) => (
        <div key={`${trial.backend} ${trial.adapter}`}>
          <dt>
            {BACKEND_WORDS[trial.backend]}
            {trial.adapter ? <span class="soft"> · {trial.adapter}</span> : null}
          </dt>
          <dd class="soft">
            {OUTCOME_WORDS[trial.outcome]}
            {trial.examplesPerSecond === null
              ? ''
              : `, ${count(Math.round(trial.examplesPerSecond))} examples a second`}
            {trial.reason ? `: ${trial.reason}` : ''}
          </dd>
        </div>
      ))}
    </dl>
  )
}
