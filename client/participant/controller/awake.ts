/** Keeps the screen on while the tab takes part, where the browser allows that, so that a phone does not fall asleep. */
import { effect } from '@preact/signals'
import { isOver } from '../../../shared/protocol/participant.ts'
import type { State } from './state.ts'

export function keepAwake({ membership, spared, job }: State): void {
  let wanted = false
  let asking = false
  let lock: WakeLockSentinel | null = null

  /** A lock ends with every hiding of the page; it is taken again when the page is seen again. */
  async function take(): Promise<void> {
    if (!wanted || asking || lock || document.visibilityState !== 'visible') return
    asking = true
    try {
      lock = (await navigator.wakeLock?.request('screen')) ?? null
      lock?.addEventListener('release', () => {
        lock = null
      })
    } catch {
      // Forbidden, or the battery is low. Training goes on as long as the device stays awake.
    }
    asking = false
    if (!wanted) void lock?.release()
  }

  effect(() => {
    wanted = membership.value === 'member' && !spared.value && job.value !== null && !isOver(job.value.state)
    if (wanted) void take()
    else void lock?.release()
  })
  document.addEventListener('visibilitychange', () => void take())
}
