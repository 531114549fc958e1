/** What this tab remembers of its choices through a reload. A tab's own, so that two tabs differ. */

export type Source = 'synthetic-digits' | 'partition' | 'idx'

export interface Remembered {
  readonly source: Exclude<Source, 'idx'>
  readonly writer: number
  readonly examples: number
  /** From 1. */
  readonly part: number
}

const KEY = 'tributary.data'

/** Storage can be full, blocked or hold another version's words: all of these mean "nothing remembered". */
export function recall(storage: () => Storage = () => sessionStorage): Partial<Remembered> {
  try {
    const value: unknown = JSON.parse(storage().getItem(KEY) ?? '{}')
    if (typeof value !== 'object' || value === null) return {}
    const { source, writer, examples, part } = value as Record<string, unknown>
    return {
      ...(source === 'synthetic-digits' || source === 'partition' ? { source } : {}),
      ...(isCount(writer) ? { writer } : {}),
      ...(isCount(examples) ? { examples } : {}),
      ...(isCount(part) ? { part } : {}),
    }
  } catch {
    return {}
  }
}

export function remember(value: Remembered, storage: () => Storage = () => sessionStorage): void {
  try {
    storage().setItem(KEY, JSON.stringify(value))
  } catch {
    // Without storage a reload chooses anew, which is all that is lost.
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1
}
