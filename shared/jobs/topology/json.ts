export type Json = Readonly<Record<string, unknown>>

/** Whether it is an object, and no list. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
