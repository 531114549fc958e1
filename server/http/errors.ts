import type { ErrorRequestHandler, Request } from 'express'
import type { ErrorCode } from '../../shared/errors/codes.ts'
import { errorInfo } from '../../shared/errors/error.ts'
import type { ErrorBody } from '../../shared/protocol/dashboard.ts'
import type { Tally } from '../access/rates.ts'
import type { Log } from '../logging/log.ts'
import { TooManyRequests } from './limits.ts'

const STATUS: Partial<Record<ErrorCode, number>> = {
  'access/denied': 403,
  'access/bad-token': 403,
  'access/too-many': 429,
  'job/wrong-state': 409,
  'model/unknown': 404,
  'data/partition': 404,
  'protocol/malformed': 400,
}

/** What streams say when whoever asked has gone before the end. */
const ABORTED: ReadonlySet<unknown> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'ECONNABORTED', 'EPIPE'])

export interface ErrorHandlerOptions {
  readonly log: Log
  /** Counts refusals by code. */
  readonly refusals: Tally
  readonly addressOf: (request: Request) => string
}

/** Express's own words as a sentence of ours. */
function sentence(words: string): string {
  return `The request cannot be read: ${words.replace(/\.$/, '')}. Mend it and send it again.`
}

/** Every error as JSON with its code and sentence. */
export function errorHandler({ log, refusals, addressOf }: ErrorHandlerOptions): ErrorRequestHandler {
  return (thrown, request, response, next) => {
    if (response.destroyed && ABORTED.has((thrown as { code?: unknown }).code)) {
      log.debug({ path: request.path, address: addressOf(request) }, 'A download was broken off by its client.')
      return
    }
    const info = errorInfo(thrown)
    // What express itself refuses (a body that is no JSON, say) carries a status of its own.
    const own = (thrown as { status?: unknown }).status
    const status = STATUS[info.code] ?? (typeof own === 'number' ? own : 500)
    const body: ErrorBody = {
      error: own && info.code === 'internal' ? { code: 'protocol/malformed', message: sentence(info.message) } : info,
    }
    const { code, message } = body.error
    if (status >= 500) log.error({ path: request.path, code, error: String(thrown) }, message)
    else if (code.startsWith('access/')) {
      refusals.add(code)
      log.warn({ path: request.path, address: addressOf(request), code }, message)
    }
    if (response.headersSent) return next(thrown)
    // The route may have spoken of a body that does not come.
    for (const name of ['Content-Length', 'Content-Range', 'Content-Disposition', 'ETag']) response.removeHeader(name)
    response.setHeader('Cache-Control', 'no-store')
    if (thrown instanceof TooManyRequests) response.setHeader('Retry-After', Math.ceil(thrown.retryMs / 1000))
    response.status(status).json(body)
  }
}
