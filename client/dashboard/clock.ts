/**
 * The coordinator's time as this page reckons it: all instants shown are on its clock, which may differ
 * from this machine's by hours. It stands still while offline, since nothing shown is live then.
 */
import { computed, signal } from '@preact/signals'
import { connection } from './store.ts'

const TICK_MS = 250
let offset = 0

export const now = signal(Date.now())
/** `now` in whole seconds: for what need not be drawn again four times a second. */
export const second = computed(() => Math.floor(now.value / 1000) * 1000)

/** The coordinator said that it is `coordinatorNow`. */
export function setClock(coordinatorNow: number): void {
  offset = coordinatorNow - Date.now()
  now.value = coordinatorNow
}

export function startClock(): void {
  setInterval(() => {
    if (connection.value.status === 'live') now.value = Date.now() + offset
  }, TICK_MS)
}
