import { createStore, get, set, type UseStore } from 'idb-keyval'
import type { RateMemory } from '../../training/choose-backend.ts'

/** Drivers and browsers change: what was measured earlier than this is measured anew. */
const VALID_MS = 7 * 24 * 3600 * 1000

interface Entry {
  readonly rate: number
  readonly at: number
}

/** Rates in IndexedDB. Where it cannot be used, in private windows say, every visit measures. */
export function rateMemory(): RateMemory {
  let store: UseStore | null = null
  try {
    store = createStore('tributary-rates', 'rates')
  } catch {
    // Forbidden.
  }
  return {
    async get(key) {
      try {
        const entry = store && (await get<Entry>(key, store))
        return entry && Date.now() - entry.at < VALID_MS ? entry.rate : null
      } catch {
        return null
      }
    },
    async put(key, rate) {
      try {
        if (store) await set(key, { rate, at: Date.now() } satisfies Entry, store)
      } catch {
        // Full or forbidden.
      }
    },
  }
}
