/**
 * What a link may ask for: `?auto` joins by itself, the others choose data and backend. A value that
 * cannot be used becomes a sentence, and then the page does not join by itself: whoever set up the
 * link wanted other data than it would train on.
 */

import type { BackendName } from '../../../shared/protocol/participant.ts'
import { count } from '../../ui/format.ts'

export const MAX_WRITER = 1_000_000_000
export const MIN_EXAMPLES = 20
export const MAX_EXAMPLES = 20_000

export interface Kiosk {
  readonly auto: boolean
  readonly source: 'synthetic-digits' | 'partition' | null
  readonly writer: number | null
  readonly examples: number | null
  /** From 1, as people count. */
  readonly part: number | null
  readonly backend: BackendName | 'auto' | null
  /** A sentence for each value that cannot be used. */
  readonly problems: readonly string[]
}

const SOURCES = ['synthetic-digits', 'partition'] as const
const BACKENDS = ['auto', 'webgpu', 'wasm', 'webgl', 'cpu'] as const satisfies readonly (BackendName | 'auto')[]

export function parseKiosk(search: string): Kiosk {
  const given = new URLSearchParams(search)
  const problems: string[] = []

  const oneOf = <T extends string>(name: string, allowed: readonly T[]): T | null => {
    const text = given.get(name)
    if (text === null) return null
    const found = allowed.find((value) => value === text)
    if (found === undefined) problems.push(`This link says ${name}=${text}; it can be ${words(allowed)}.`)
    return found ?? null
  }
  const whole = (name: string, min: number, max: number): number | null => {
    const text = given.get(name)
    if (text === null) return null
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    problems.push(`This link says ${name}=${text}; it takes a whole number from ${count(min)} to ${count(max)}.`)
    return null
  }

  const auto = given.has('auto') && oneOf('auto', ['', '1', 'true', '0', 'false'])
  const source = oneOf('data', SOURCES)
  const writer = whole('writer', 1, MAX_WRITER)
  const examples = whole('examples', MIN_EXAMPLES, MAX_EXAMPLES)
  const part = whole('part', 1, 1_000_000)
  const backend = oneOf('backend', BACKENDS)

  const handwriting = writer !== null || examples !== null
  if (part !== null && (source === 'synthetic-digits' || handwriting)) {
    problems.push('This link says part=, which belongs to data=partition, together with built-in handwriting.')
  } else if (source === 'partition' && handwriting) {
    problems.push('This link says writer= or examples=, which belong to data=synthetic-digits, with data=partition.')
  }
  return {
    auto: problems.length === 0 && (auto === '' || auto === '1' || auto === 'true'),
    source: source ?? (part !== null ? 'partition' : handwriting ? 'synthetic-digits' : null),
    writer,
    examples,
    part,
    backend,
    problems,
  }
}

function words(values: readonly string[]): string {
  const named = values.filter((value) => value !== '')
  return `${named.slice(0, -1).join(', ')} or ${named.at(-1)}`
}
