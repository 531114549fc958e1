/** A file as text, piece by piece. */
import { TributaryError } from '../../../shared/errors/error.ts'
import { chunksOf, headOf, type SourceFile } from './source-file.ts'

/** UTF-8, or what its byte order mark says, which is left out. Of a file that is no text: 'data/malformed'. */
export async function* textOf(file: SourceFile, onBytes: (bytes: number) => void): AsyncGenerator<string> {
  const [first, second] = await headOf(file, 2)
  const wide = (first === 0xff && second === 0xfe && 'utf-16le') || (first === 0xfe && second === 0xff && 'utf-16be')
  const decoder = new TextDecoder(wide || 'utf-8')
  for await (const chunk of chunksOf(file.stream(), file)) {
    if (!wide && chunk.includes(0)) {
      throw new TributaryError(
        'data/malformed',
        `${file.path} is not text: it has bytes that no text has. Choose a text file, or save it as UTF-8.`,
      )
    }
    const text = decoder.decode(chunk, { stream: true })
    onBytes(chunk.length)
    if (text !== '') yield text
  }
  const rest = decoder.decode()
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
export async function* linesOf(file: SourceFile, onBytes: (bytes: number) => void): AsyncGenerator<Line[]> {
  let rest = ''
  let number = 0
  for await (const text of textOf(file, onBytes)) {
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
