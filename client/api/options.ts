import { TributaryError } from '../../shared/errors/error.ts'
import { BACKEND_NAMES, type BackendName } from '../../shared/protocol/participant.ts'
import type { SessionEvent } from '../sdk/events.ts'

export interface ClientOptions {
  /** The coordinator's address, as the participants' link has it; in a page of the coordinator's own it may be left out. */
  readonly url?: string
  /** How many examples this client trains on: its weight in the average. 1 by default, where all clients weigh the same. */
  readonly examples?: number
  /** How many it holds back to measure with; 0 by default. */
  readonly validationExamples?: number
  /** What the program computes with, for the dashboard and the job's own choice of clients. cpu by default. */
  readonly backend?: BackendName
  /** Of an earlier client of this program, which goes on: systemInfo().resumeToken. */
  readonly resumeToken?: string
  /** How long the coordinator may take to answer at first, in milliseconds; 30,000 by default. */
  readonly timeoutMs?: number
  /** Called with whatever happens in between: connections lost and found, downloads, uploads. */
  readonly onEvent?: (event: SessionEvent) => void
}

export interface KnownOptions {
  readonly url: string
  readonly examples: number
  readonly validationExamples: number
  readonly backend: BackendName
  readonly resumeToken: string | undefined
  readonly timeoutMs: number
  readonly onEvent: ((event: SessionEvent) => void) | undefined
}

/** Throws 'server/option' where one of them cannot be used. */
export function checkedOptions(options: ClientOptions): KnownOptions {
  const { examples = 1, validationExamples = 0, backend = 'cpu', timeoutMs = 30_000, resumeToken, onEvent } = options
  whole('examples', examples, 1, 100_000_000)
  whole('validationExamples', validationExamples, 0, 100_000_000)
  whole('timeoutMs', timeoutMs, 1, 3_600_000)
  if (!BACKEND_NAMES.includes(backend)) throw refused('backend', backend, `it is ${BACKEND_NAMES.join(' or ')}`)
  return { url: originOf(options.url), examples, validationExamples, backend, resumeToken, timeoutMs, onEvent }
}

function originOf(given: string | undefined): string {
  const own = (globalThis as { location?: { origin?: string } }).location?.origin
  const text = given ?? (own !== 'null' ? own : undefined)
  if (text === undefined) throw refused('url', text, 'it is the coordinator’s address, such as http://localhost:8080')
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw refused('url', text, 'an address begins with http:// or https://, such as http://localhost:8080')
  const { origin, pathname } = new URL(text)
  if (pathname !== '/') throw refused('url', text, `a coordinator has an origin of its own, and no path: ${origin}`)
  return origin
}

function whole(name: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return
  throw refused(name, value, `it is a whole number from ${least} to ${most}`)
}

function refused(name: string, value: unknown, mended: string): TributaryError {
  return new TributaryError('server/option', `The option ${name} is ${String(value).slice(0, 200)}; ${mended}.`)
}
