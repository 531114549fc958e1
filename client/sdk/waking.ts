/** Notices that a device was asleep, or that its network is back: moments at which a connection is worth a look. */

const TICK_MS = 2000
/** Timers that stood still for longer than this were not merely late. */
const GAP_MS = 5000

/** Calls `woke` at each such moment. Returns what ends it. */
export function watchWaking(woke: () => void): () => void {
  let last = Date.now()
  const timer = setInterval(() => {
    const now = Date.now()
    const slept = now - last > TICK_MS + GAP_MS
    last = now
    if (slept) woke()
  }, TICK_MS)
  globalThis.addEventListener?.('online', woke)
  return () => {
    clearInterval(timer)
    globalThis.removeEventListener?.('online', woke)
  }
}
