import { ERROR_CODES, type ErrorCode, RETRYABLE } from './codes.ts'

/** The plain form of an error: what crosses a socket, an HTTP response or a worker border. */
export interface ErrorInfo {
  readonly code: ErrorCode
  readonly message: string
}

/**
 * The one error class. `message` is a sentence for the person who can act on it: what was wrong,
 * with which value, and how to mend it. `code` is for programs.
 */
export class TributaryError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'TributaryError'
    this.code = code
  }

  get retryable(): boolean {
    return RETRYABLE.has(this.code)
  }

  toInfo(): ErrorInfo {
    return { code: this.code, message: this.message }
  }

  static from(info: { code: string; message: string }): TributaryError {
    return new TributaryError(isErrorCode(info.code) ? info.code : 'internal', info.message)
  }
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code)
}

/** Any thrown value as code and sentence; what is not a TributaryError becomes `fallback`. */
export function errorInfo(thrown: unknown, fallback: ErrorCode = 'internal'): ErrorInfo {
  if (thrown instanceof TributaryError) return thrown.toInfo()
  return { code: fallback, message: thrown instanceof Error ? thrown.message : String(thrown) }
}
