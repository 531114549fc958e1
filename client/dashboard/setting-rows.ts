/** A job's configuration as rows to read. It knows no field by name, so that new ones show by themselves. Pure. */
export interface SettingRow {
  /** As in the job file: "train.batchSize". */
  readonly path: string
  /** The same in words: "train · batch size". */
  readonly label: string
  readonly value: string
}

/** Below this depth (a model's layers, for one) a value is counted, not spelt out. */
const DEPTH = 3
const LONGEST = 120

export function settingRows(config: unknown, path: readonly string[] = []): SettingRow[] {
  if (isRecord(config) && path.length < DEPTH && Object.keys(config).length > 0) {
    return Object.entries(config).flatMap(([key, value]) => settingRows(value, [...path, key]))
  }
  if (path.length === 0) return []
  return [{ path: path.join('.'), label: path.map(words).join(' · '), value: spell(config) }]
}

function spell(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  // No thousands separator: a seed or a size must be copied as it is.
  if (typeof value !== 'object') return shorten(String(value))
  if (Array.isArray(value)) {
    if (value.length === 0) return 'none'
    return value.some((item) => typeof item === 'object') ? `${value.length} items` : shorten(value.join(', '))
  }
  return shorten(JSON.stringify(value))
}

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (whole in the job file)`
}

/** "batchSize" → "batch size". */
function words(key: string): string {
  return key.replace(
    /([a-z0-9])([A-Z])/g,
    (_all, before: string, capital: string) => `${before} ${capital.toLowerCase()}`,
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
