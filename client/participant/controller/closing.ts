/** Asks before the tab is closed in the middle of a task, and only then: closing it while it waits costs nobody anything. */
import { effect } from '@preact/signals'
import type { Work } from '../view.ts'
import type { State } from './state.ts'

export function isBusy(work: Work): boolean {
  return work.kind === 'task' && work.phase !== 'wait'
}

export function askBeforeClosing({ work }: State): void {
  const ask = (event: BeforeUnloadEvent) => {
    event.preventDefault()
    // For browsers that do not know the line above.
    event.returnValue = true
  }
  let listening = false
  effect(() => {
    const busy = isBusy(work.value)
    if (busy === listening) return
    listening = busy
    if (busy) window.addEventListener('beforeunload', ask)
    else window.removeEventListener('beforeunload', ask)
  })
}
