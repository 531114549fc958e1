import { TributaryError } from '../../../shared/errors/error.ts'
import { listedUpTo } from '../../../shared/errors/listed-up-to.ts'
import type { Reading } from './reading.ts'

/** At most 40 characters. */
export function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}

/** "a, b and 5 more". */
export function listed(names: readonly string[]): string {
  return listedUpTo(names.map(short), 8)
}

/** 'data/empty', with what was left out first. */
export function nothingRead({ report }: Reading): TributaryError {
  const first = report.first()
  const why = first === '' ? 'The files are empty.' : `${report.skipped} were left out, the first since ${first}.`
  return new TributaryError('data/empty', `No example could be read. ${why} Correct the files, or choose others.`)
}
