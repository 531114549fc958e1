/** One valid message becomes one that is almost valid. */
import type { Random } from '../../shared/random/random.ts'
import { Verbatim } from './fuzz-frame.ts'
import { hostileValue, pick } from './fuzz-values.ts'

export interface Payload {
  readonly [field: string]: unknown
}

type Path = readonly string[]

const EXTRA_KEYS = ['__proto__', 'constructor', 'toString', 'then', 'toJSON', 'ok', 'clientId', 'x'.repeat(1000), '']

const MUTATIONS: readonly ((valid: Payload, draws: Random) => unknown)[] = [
  (valid, draws) => change(valid, pick(draws, paths(valid)), DROP),
  (valid, draws) => change(valid, pick(draws, paths(valid)), hostileValue(draws)),
  (valid, draws) => change(valid, pick(draws, paths(valid)), hostileValue(draws)),
  (valid, draws) => change(valid, pick(draws, paths(valid)), hostileValue(draws)),
  (valid, draws) => paths(valid).reduce<unknown>((made, path) => change(made, path, hostileValue(draws)), valid),
  (valid, draws) => withKey(valid, pick(draws, EXTRA_KEYS), hostileValue(draws)),
  (valid) => [valid],
  (valid) => JSON.stringify(valid),
  (valid) => Object.entries(valid),
  (_valid, draws) => hostileValue(draws),
]

export function mutate(valid: Payload, draws: Random): unknown {
  return pick(draws, MUTATIONS)(valid, draws)
}

const DROP = Symbol('a field that is left out')

/** Of all fields, inner ones too. */
function paths(value: unknown, at: Path = []): Path[] {
  if (!isPlain(value)) return []
  return Object.entries(value).flatMap(([name, inner]) => [[...at, name], ...paths(inner, [...at, name])])
}

function change(value: unknown, [name, ...rest]: Path, to: unknown): unknown {
  // An outer field may be another one by now.
  if (name === undefined || !isPlain(value)) return name === undefined ? to : value
  const made = { ...value, [name]: change(value[name], rest, to) }
  if (made[name] === DROP) delete made[name]
  return made
}

/** A key as JSON has it: `__proto__` too is one like any other there. */
function withKey(value: Payload, key: string, inner: unknown): unknown {
  const made: Record<string, unknown> = { ...value }
  Object.defineProperty(made, key, { value: inner, enumerable: true, configurable: true, writable: true })
  return made
}

function isPlain(value: unknown): value is Payload {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Verbatim)
  )
}
