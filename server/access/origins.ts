/** Whose pages may speak with this coordinator: its own, and those of origins that it was told of. */
import type { IncomingHttpHeaders } from 'node:http'
import { TributaryError } from '../../shared/errors/error.ts'

/** Origins of other pages that may take part, as browsers write them: `https://host` or `https://host:port`. */
export type AllowedOrigins = ReadonlySet<string>

export const NO_ORIGINS: AllowedOrigins = new Set()

/** Throws 'server/option' where one of them is no origin. */
export function parseOrigins(texts: readonly string[]): AllowedOrigins {
  return new Set(texts.map(parseOrigin))
}

function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  // What is more than an origin would be taken for one that is let in only partly.
  if (url && isWeb && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '')
    return url.origin
  throw new TributaryError(
    'server/option',
    `"${text.slice(0, 200)}" is not the origin of a page. Name each as the browser’s address bar begins, such as https://study.example or http://localhost:5173, without a path.`,
  )
}

/** Programs that are no browser send no Origin; browsers always do where it matters. */
export function isOwnOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

/** Whether a page of another origin asks, and it is one that may take part. */
export function isGuest(headers: IncomingHttpHeaders, allowed: AllowedOrigins): boolean {
  return headers.origin !== undefined && !isOwnOrigin(headers) && allowed.has(headers.origin)
}
