/** Options that commands share, parsed: what is out of range is refused in words, never clamped. */
import { readFileSync } from 'node:fs'
import { InvalidArgumentError, Option } from 'commander'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }
}

/** A PEM file. Throws 'server/certificate'. */
export function readPem(path: string, kind: 'certificate' | 'key'): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new TributaryError('server/certificate', `The ${kind} ${path} cannot be read: ${errorInfo(cause).message}.`, {
      cause,
    })
  }
  if (!text.includes('-----BEGIN ')) {
    throw new TributaryError(
      'server/certificate',
      `${path} is not a ${kind} in PEM format. Convert it with openssl, or name another file.`,
    )
  }
  return text
}

export function logLevelOption(normal: string): Option {
  const levels = ['debug', 'info', 'warn', 'error', 'silent']
  return new Option('--log-level <level>', 'how much is logged, as JSON lines on standard error')
    .choices(levels)
    .default(normal)
}
