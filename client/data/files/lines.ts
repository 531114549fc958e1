/** A file as text, piece by piece. */
import { TributaryError } from '../../../shared/errors/error.ts'
import type { Reading } from '../readers/reading.ts'
import { chunksOf, headOf, type SourceFile } from './source-file.ts'

/**
 * UTF-8, or what its byte order mark says, which is left out; or Windows-1252, from where it is no UTF-8 any more, which is reported.
 * `reading`: null where the file is only looked into. Of a file that is no text: 'data/malformed'.
 */
export async function* textOf(file: SourceFile, reading: Reading | null): AsyncGenerator<string> {
  const [first, second] = await headOf(file, 2)
  const wide = (first === 0xff && second === 0xfe && 'utf-16le') || (first === 0xfe && second === 0xff && 'utf-16be')
  let decoder = new TextDecoder(wide || 'utf-8', { fatal: true })
  const text = (bytes: Uint8Array | null) => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
    } catch {
      // What older programs write: every byte is a letter there.
      decoder = new TextDecoder('windows-1252')
      reading?.report.note(`${file.path} is not UTF-8, and was read as Windows-1252.`)
      return bytes ? decoder.decode(bytes, { stream: true }) : ''
    }
  }
  for await (const chunk of chunksOf(file.stream(), file)) {
    if (!wide && chunk.includes(0)) {
      throw new TributaryError(
        'data/malformed',
        `${file.path} is not text: it has bytes that no text has. Choose a text file, or save it as UTF-8.`,
      )
    }
    const piece = text(chunk)
    reading?.read(chunk.length)
    if (piece !== '') yield piece
  }
  const rest = text(null)
  if (rest !== '') yield rest
}

/** Longer ones are of no file of examples. */
const MOST_CHARACTERS = 32 * 2 ** 20

export interface Line {
  /** From 1. */
  readonly number: number
  readonly line: string
}

/** Lines without their ends, some at a time. */
export async function* linesOf(file: SourceFile, reading: Reading | null): AsyncGenerator<Line[]> {
  let rest = ''
  let number = 0
  for await (const text of textOf(file, reading)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MOST_CHARACTERS) throw tooLong(file, number + 1)
    yield lines.map((line) => ({ number: ++number, line: line.endsWith('\r') ? line.slice(0, -1) : line }))
  }
  if (rest !== '') yield [{ number: number + 1, line: rest }]
}

export function tooLong(file: SourceFile, row: number): TributaryError {
  return new TributaryError(
    'data/malformed',
    `${file.path}: row ${row} does not end within ${MOST_CHARACTERS / 2 ** 20} million characters. Is a quotation mark left open?`,
  )
}

export const isTooLong = (text: string): boolean => text.length > MOST_CHARACTERS
