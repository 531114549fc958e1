import type { ErrorRequestHandler } from 'express'
import type { ErrorCode } from '../../shared/errors/codes.ts'
import { errorInfo } from '../../shared/errors/error.ts'
import type { ErrorBody } from '../../shared/protocol/dashboard.ts'
import type { Log } from '../logging/log.ts'

const STATUS: Partial<Record<ErrorCode, number>> = {
  'access/denied': 403,
  'access/bad-token': 403,
  'job/wrong-state': 409,
  'model/unknown': 404,
  'data/partition': 404,
  'protocol/malformed': 400,
}

/** Every error as JSON with its code and sentence. */
export function errorHandler(log: Log): ErrorRequestHandler {
  return (thrown, request, response, next) => {
    const info = errorInfo(thrown)
    // What express itself refuses (a body that is no JSON, say) carries a status of its own.
    const own = (thrown as { status?: unknown }).status
    const status = STATUS[info.code] ?? (typeof own === 'number' ? own : 500)
    if (status >= 500) log.error({ path: request.path, error: String(thrown) }, info.message)
    if (response.headersSent) return next(thrown)
    const body: ErrorBody = {
      error: own && info.code === 'internal' ? { code: 'protocol/malformed', message: info.message } : info,
    }
    response.status(status).json(body)
  }
}
