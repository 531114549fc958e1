/** `--set a.b=value`: fields of a job file, given on the command line. */
import { TributaryError } from '../shared/errors/error.ts'

export interface Setting {
  readonly path: readonly string[]
  readonly value: unknown
}

/** The value is JSON where it is such, and text where it is not. Throws 'server/option'. */
export function parseSetting(text: string): Setting {
  const at = text.indexOf('=')
  const path = text
    .slice(0, Math.max(0, at))
    .split('.')
    .map((name) => name.trim())
  if (at < 1 || path.some((name) => name === '')) {
    throw refused(
      text,
      'it needs a field of the job file, an equals sign and a value, such as optimizer.learningRate=0.1',
    )
  }
  const value = text.slice(at + 1).trim()
  try {
    return { path, value: JSON.parse(value) }
  } catch {
    return { path, value }
  }
}

/** The job file's fields with these in their place; what it was read from stays as it is. Throws 'server/option'. */
export function withSettings(job: unknown, settings: readonly Setting[]): unknown {
  return settings.reduce((so, setting) => put(so, setting, 0), job)
}

function put(into: unknown, { path, value }: Setting, depth: number): unknown {
  if (depth === path.length) return value
  if (typeof into !== 'object' || into === null || Array.isArray(into)) {
    const where = path.slice(0, depth).join('.') || 'the job'
    throw refused(path.join('.'), `${where} is ${JSON.stringify(into)} there, which has no fields`)
  }
  const name = path[depth] as string
  const known = Object.hasOwn(into, name) ? (into as Readonly<Record<string, unknown>>)[name] : undefined
  // A computed name, so that even __proto__ is a field like any other, which the job's schema refuses.
  return { ...into, [name]: put(known ?? {}, { path, value }, depth + 1) }
}

function refused(text: string, why: string): TributaryError {
  return new TributaryError('server/option', `--set ${text} cannot be used: ${why}.`)
}
