/** The menu that forces a backend. */
import type { BackendName } from '../../../../shared/protocol/participant.ts'
import type { Participant } from '../../view.ts'
import { Choice } from './choice.tsx'
import { CHOICE_WORDS } from './words.ts'

const CHOICES = Object.keys(CHOICE_WORDS) as (BackendName | 'auto')[]

export function BackendMenu({ participant }: { participant: Participant }) {
  const { view, actions } = participant
  return (
    <Choice
      label="Compute with"
      testid="backend-menu"
      values={CHOICES}
      chosen={view.backendChoice.value}
      words={(name) => CHOICE_WORDS[name]}
      onChoose={actions.chooseBackend}
    />
  )
}
