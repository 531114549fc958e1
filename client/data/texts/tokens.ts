/** Text as whole numbers: 0 for what is not in the vocabulary, and for nothing at all. */
import type { TextSchema } from '../../../shared/protocol/data.ts'

/** A word, a number, or a sign by itself. */
const WORDS = /\p{L}[\p{L}\p{M}'’]*|\p{N}+|[^\s\p{L}\p{N}]/gu

export class Tokens {
  private readonly places: ReadonlyMap<string, number>
  private readonly words: boolean

  constructor({ tokens, vocabulary }: TextSchema) {
    this.words = tokens === 'words'
    this.places = new Map(vocabulary.map((token, i) => [token, i + 1]))
  }

  of(text: string): number[] {
    const parts = this.words ? (text.toLowerCase().match(WORDS) ?? []) : Array.from(text)
    return parts.map((part) => this.places.get(part) ?? 0)
  }

  /** How much of the end of `text` may still belong to a token that goes on: to be read again with what comes. */
  open(text: string): number {
    if (!this.words) return text.endsWith('\r') ? 1 : 0
    return /\S*$/u.exec(text)?.[0].length ?? 0
  }
}
