/** Pause, resume, leave. Leaving is asked about once, on the spot. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Participant } from '../../view.ts'
import './controls.css'

export function Controls({ participant }: { participant: Participant }) {
  const { view, actions } = participant
  const asking = useSignal(false)
  const stayed = useRef(false)
  const paused = view.membership.value === 'paused'
  return asking.value ? (
    <Confirm
      onStay={() => {
        stayed.current = true
        asking.value = false
      }}
      onLeave={() => actions.leave()}
    />
  ) : (
    <div class="controls">
      {paused || view.spared.value ? (
        <button type="button" class="primary" data-testid="resume" onClick={() => actions.resume()}>
          {paused ? 'Resume' : 'Train all the same'}
        </button>
      ) : null}
      {paused ? null : (
        <button type="button" data-testid="pause" onClick={() => actions.pause()}>
          Pause
        </button>
      )}
      <button
        type="button"
        class="quiet"
        data-testid="leave"
        ref={(button) => {
          // Back from the question, the focus returns to where it was asked.
          if (button && stayed.current) button.focus()
          stayed.current = false
        }}
        onClick={() => {
          asking.value = true
        }}
      >
        Leave
      </button>
    </div>
  )
}

function Confirm({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  const stay = useRef<HTMLButtonElement>(null)
  // The button that had the focus is gone; it goes to the answer that changes nothing.
  useEffect(() => stay.current?.focus(), [])
  return (
    <div
      class="controls"
      role="alertdialog"
      aria-labelledby="leave-question"
      onKeyDown={(e) => e.key === 'Escape' && onStay()}
    >
      <p id="leave-question">Leave? What you sent stays in the model.</p>
      <button type="button" ref={stay} onClick={onStay}>
        Stay
      </button>
      <button type="button" class="leave" data-testid="leave-confirm" onClick={onLeave}>
        Leave
      </button>
    </div>
  )
}
