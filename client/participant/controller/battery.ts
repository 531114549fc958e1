/** Nothing is computed while the battery is low, where the browser tells of it. */
import { effect } from '@preact/signals'
import type { Battery } from '../view.ts'
import type { State } from './state.ts'

/** https://www.w3.org/TR/battery-status/; Chromium has it, on pages that came safely. */
interface BatteryManager extends EventTarget, Battery {}
interface WithBattery {
  getBattery?(): Promise<BatteryManager>
}

/** Follows the battery. Answers what to call when the person wants to go on all the same: until it has charged. */
export function spareBattery({ battery, limits, membership, spared }: State): () => void {
  let ignored = false
  effect(() => {
    const { battery: limit } = limits.value
    const low = battery.value !== null && !battery.value.charging && battery.value.level * 100 < limit
    if (!low) ignored = false
    spared.value = low && !ignored
  })

  async function follow(): Promise<void> {
    const manager = await (navigator as WithBattery).getBattery?.().catch(() => null)
    if (!manager) return
    const read = () => {
      const { level, charging } = manager
      battery.value = { level, charging }
    }
    for (const event of ['levelchange', 'chargingchange']) manager.addEventListener(event, read)
    read()
  }
  void follow()

  return () => {
    // Of somebody who had paused, it is not the battery that is overruled.
    if (!spared.peek() || membership.peek() !== 'member') return
    ignored = true
    spared.value = false
  }
}
