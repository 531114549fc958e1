/** The menu that forces a backend. */
import type { BackendName } from '../../../../shared/protocol/participant.ts'
import type { Participant } from '../../view.ts'
import { CHOICE_WORDS } from './words.ts'

const CHOICES = Object.keys(CHOICE_WORDS) as (BackendName | 'auto')[]

export function BackendMenu({ participant }: { participant: Participant }) {
  return (
    <label class="field">
      <span>Compute with</span>
      <select
        data-testid="backend-menu"
        value={participant.view.backendChoice.value}
        onChange={(event) => {
          const choice = CHOICES.find((name) => name === event.currentTarget.value)
          if (choice) participant.actions.chooseBackend(choice)
        }}
      >
        {CHOICES.map((name) => (
          <option key={name} value={name}>
            {CHOICE_WORDS[name]}
          </option>
        ))}
      </select>
    </label>
  )
}
