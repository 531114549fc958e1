import { pause } from './pause.ts'

const LOOK_MS = 10
/** Everything here takes a few seconds on a machine that is not busy otherwise. */
const LIMIT_MS = 180_000

/** Resolves when `passes` does; rejects after `ms`, with what was waited for and `words`. */
export async function until(what: string, passes: () => boolean, words: () => string, ms = LIMIT_MS): Promise<void> {
  const since = performance.now()
  while (!passes()) {
    if (performance.now() - since > ms) throw new Error(`waited ${ms} ms for ${what}\n${words()}`)
    await pause(LOOK_MS)
  }
}
