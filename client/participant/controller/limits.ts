/** What the person lets this browser use, kept from one day to the next. Tabs that are open already keep theirs. */
import { BATTERY_LIMITS, type Limits, SHARES } from '../view.ts'

const KEY = 'tributary.limits'
const USUAL: Limits = { share: 100, battery: 20 }

/** Storage can be full, blocked or hold another version's words: then it is as usual. */
export function recallLimits(storage: () => Storage = () => localStorage): Limits {
  try {
    const { share, battery } = JSON.parse(storage().getItem(KEY) ?? '{}') as Record<string, unknown>
    return {
      share: SHARES.find((value) => value === share) ?? USUAL.share,
      battery: BATTERY_LIMITS.find((value) => value === battery) ?? USUAL.battery,
    }
  } catch {
    return USUAL
  }
}

export function rememberLimits(limits: Limits, storage: () => Storage = () => localStorage): void {
  try {
    storage().setItem(KEY, JSON.stringify(limits))
  } catch {
    // They hold for this page all the same.
  }
}
