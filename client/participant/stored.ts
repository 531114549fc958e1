/** Small things in the browser's storage. It can be full, blocked or hold another version's words: then nothing is there. */

/** An object's fields as they were stored, each to be looked at before it is believed. */
export function readStored(storage: () => Storage, key: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(storage().getItem(key) ?? '{}')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** What cannot be kept is lost with the page. */
export function store(storage: () => Storage, key: string, value: object): void {
  try {
    storage().setItem(key, JSON.stringify(value))
  } catch {
    // Full or forbidden.
  }
}
