/** What the person lets this browser use, kept from one day to the next. Tabs that are open already keep theirs. */
import { readStored, store } from '../stored.ts'
import { BATTERY_LIMITS, type Limits, SHARES } from '../view.ts'

const KEY = 'tributary.limits'
const USUAL: Limits = { share: 100, battery: 20 }

export function recallLimits(storage: () => Storage = () => localStorage): Limits {
  const { share, battery } = readStored(storage, KEY)
  return {
    share: SHARES.find((value) => value === share) ?? USUAL.share,
    battery: BATTERY_LIMITS.find((value) => value === battery) ?? USUAL.battery,
  }
}

export function rememberLimits(limits: Limits, storage: () => Storage = () => localStorage): void {
  store(storage, KEY, limits)
}
