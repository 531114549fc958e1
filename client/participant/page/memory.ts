/** What this tab remembers of its choices through a reload. A tab's own, so that two tabs differ. */

import { readStored, store } from '../stored.ts'

export type Source = 'synthetic-digits' | 'partition' | 'files' | 'camera' | 'drawing'

export interface Remembered {
  readonly source: 'synthetic-digits' | 'partition'
  readonly writer: number
  readonly examples: number
  /** From 1. */
  readonly part: number
}

const KEY = 'tributary.data'

export function recall(storage: () => Storage = () => sessionStorage): Partial<Remembered> {
  const { source, writer, examples, part } = readStored(storage, KEY)
  return {
    ...(source === 'synthetic-digits' || source === 'partition' ? { source } : {}),
    ...(isCount(writer) ? { writer } : {}),
    ...(isCount(examples) ? { examples } : {}),
    ...(isCount(part) ? { part } : {}),
  }
}

/** Without storage a reload chooses anew, which is all that is lost. */
export function remember(value: Remembered, storage: () => Storage = () => sessionStorage): void {
  store(storage, KEY, value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1
}
