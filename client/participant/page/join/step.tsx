/** Step 2: join. While that is not possible yet, the page says why. */
import type { Membership, Participant, ParticipantView } from '../../view.ts'
import type { Setup } from '../setup.ts'
import { Backend } from './backend.tsx'
import './step.css'

const WORDS: Partial<Record<Membership, string>> = {
  joining: 'Joining…',
  left: 'Join again',
  refused: 'Try again',
}

export function JoinStep({ participant, setup }: { participant: Participant; setup: Setup }) {
  const why = notYet(participant.view, setup)
  return (
    <section class="section stack" aria-labelledby="step-join">
      <h2 id="step-join" class="section-title">
        <span class="step">2</span> Join
      </h2>
      <div class="join">
        <div class="join-do">
          <button
            type="button"
            class="primary"
            data-testid="join"
            disabled={why !== ''}
            aria-describedby="join-why"
            onClick={() => participant.actions.join()}
          >
            {WORDS[participant.view.membership.value] ?? 'Join and train'}
          </button>
          <p id="join-why" class="small soft" role="status">
            {why || 'You can leave at any time.'}
          </p>
        </div>
        <Backend participant={participant} />
      </div>
    </section>
  )
}

/** Why one cannot join at this moment, in a sentence; empty where one can. */
function notYet(view: ParticipantView, setup: Setup): string {
  const data = view.data.value
  if (view.notice.value?.kind === 'renewing') return 'The page is about to be renewed.'
  if (view.notice.value?.kind === 'turned-away') return 'The coordinator asked this tab to wait; see above.'
  if (view.membership.value === 'joining') return 'Saying hello to the coordinator.'
  if (setup.choice.value === null) return 'Choose both files first.'
  if (data.status === 'failed') return 'Your data could not be read; see above.'
  if (data.status !== 'ready') return 'Your examples are being read.'
  if (view.backend.value.status === 'probing') return 'The tab is finding out how it computes best.'
  if (view.backend.value.status === 'failed') return 'The tab cannot compute this way; choose another.'
  return ''
}
