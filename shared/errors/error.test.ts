import { describe, expect, it } from 'vitest'
import { ERROR_CODES, RETRYABLE } from './codes.ts'
import { errorInfo, isErrorCode, TributaryError } from './error.ts'

describe('TributaryError', () => {
  it('crosses a border as code and sentence, and comes back', () => {
    const sent = new TributaryError('update/busy', 'Wait a second.', { cause: new Error('inner') })
    const info = JSON.parse(JSON.stringify(sent.toInfo()))
    expect(info).toEqual({ code: 'update/busy', message: 'Wait a second.' })
    expect(TributaryError.from(info)).toMatchObject({ ...info, name: 'TributaryError', retryable: true })
    expect(new TributaryError('job/invalid', '').retryable).toBe(false)
  })

  it.each(['no/such-code', 'toString', '__proto__', ''])(
    'takes the unknown code “%s” for a fault of its own',
    (code) => {
      expect(isErrorCode(code)).toBe(false)
      expect(TributaryError.from({ code, message: 'm' })).toMatchObject({ code: 'internal', message: 'm' })
    },
  )

  it('makes a code and a sentence of anything that is thrown', () => {
    expect(errorInfo(new TributaryError('data/empty', 'e'), 'network/http').code).toBe('data/empty')
    expect(errorInfo(new TypeError('t'))).toEqual({ code: 'internal', message: 't' })
    expect(errorInfo('a text', 'training/failed')).toEqual({ code: 'training/failed', message: 'a text' })
    expect(errorInfo(undefined)).toEqual({ code: 'internal', message: 'undefined' })
  })

  it('has a meaning for each code', () => {
    for (const [code, meaning] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^([a-z]+\/[a-z-]+|internal)$/)
      expect(meaning).toMatch(/^[A-Z].*\.$/)
    }
    for (const code of RETRYABLE) expect(isErrorCode(code)).toBe(true)
  })
})
