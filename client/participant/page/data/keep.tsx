/** Whether what is read of one's files stays in this browser; how much that is by now, and how it is deleted. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { errorInfo } from '../../../../shared/errors/error.ts'
import { opfsStore, whyNotKept } from '../../../data/kept/store.ts'
import { bytes } from '../../../ui/format.ts'
import type { ParticipantView } from '../../view.ts'
import type { Setup } from '../setup.ts'
import { rememberKeep } from './keep-memory.ts'
import './keep.css'

export function Keep({ view, setup }: { view: ParticipantView; setup: Setup }) {
  const why = useMemo(whyNotKept, [])
  const kept = useSignal(0)
  const problem = useSignal('')
  const store = useMemo(opfsStore, [])
  const look = async () => {
    // Where it cannot be looked into there is nothing to delete.
    kept.value = why === null ? await store.bytes().catch(() => 0) : 0
  }
  const { status } = view.data.value
  useEffect(() => void look(), [status])
  return (
    <div class="keep small" data-testid="keep-panel">
      <label class="row">
        <input
          type="checkbox"
          checked={why === null && setup.keep.value}
          disabled={why !== null}
          data-testid="keep-read"
          onChange={({ currentTarget }) => {
            setup.keep.value = currentTarget.checked
            rememberKeep(currentTarget.checked)
          }}
        />
        <span>Keep what was read in this browser, to be quicker next time</span>
      </label>
      <p class="soft">{why ?? 'It lies in this browser’s own storage, for this page alone, until you delete it.'}</p>
      {kept.value === 0 ? null : (
        <div class="row">
          <span data-testid="kept">{bytes(kept.value)} kept</span>
          <button
            type="button"
            class="quiet"
            data-testid="delete-kept"
            onClick={() =>
              void store
                .clear()
                .then(look)
                .catch((thrown: unknown) => {
                  problem.value = `It could not be deleted (${errorInfo(thrown).message}). Close other tabs of this page, and try again.`
                })
            }
          >
            Delete it
          </button>
        </div>
      )}
      {problem.value === '' ? null : (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
    </div>
  )
}
