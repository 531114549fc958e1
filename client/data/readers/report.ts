/** What became of a participant's files: how much was read, and what was left out and why. */

export interface Skipped {
  readonly file: string
  /** From 1, the header counted; null where it is the whole file. */
  readonly row: number | null
  readonly column: string | null
  /** A sentence without its beginning: "“abc” is not a number". */
  readonly reason: string
}

export interface ReadReport {
  readonly examples: number
  readonly skipped: number
  /** The first of them. */
  readonly shown: readonly Skipped[]
  /** What was assumed, in sentences. */
  readonly notes: readonly string[]
  /** What became of keeping it in this browser; null where nobody asked for that. */
  readonly kept: Kept | null
}

export type Kept =
  /** It was there, and no file was read. */
  | { readonly how: 'taken'; readonly bytes: number }
  | { readonly how: 'written'; readonly bytes: number }
  /** `why`: "full", or what the browser says. */
  | { readonly how: 'failed'; readonly bytes: number; readonly why: string }

const SHOWN = 50

export class Report {
  private skippedCount = 0
  private readonly shown: Skipped[] = []
  private readonly notes = new Set<string>()

  skip(file: string, reason: string, row: number | null = null, column: string | null = null): void {
    this.skippedCount++
    if (this.shown.length < SHOWN) this.shown.push({ file, row, column, reason })
  }

  note(sentence: string): void {
    this.notes.add(sentence)
  }

  get skipped(): number {
    return this.skippedCount
  }

  /** The first thing that was left out, in words; empty where nothing was. */
  first(): string {
    const [first] = this.shown
    return first ? wordsOf(first) : ''
  }

  result(examples: number): ReadReport {
    // A file's rows are looked at in more than one way; people look at them in order.
    const files = [...new Set(this.shown.map(({ file }) => file))]
    const shown = files.flatMap((file) =>
      this.shown.filter((one) => one.file === file).sort((a, b) => (a.row ?? 0) - (b.row ?? 0)),
    )
    return { examples, skipped: this.skippedCount, shown, notes: [...this.notes], kept: null }
  }
}

/** "sales.csv, row 7, column price: “abc” is not a number". */
export function wordsOf({ file, row, column, reason }: Skipped): string {
  const where = [file, row === null ? '' : `row ${row}`, column === null ? '' : `column ${column}`]
  return `${where.filter((part) => part !== '').join(', ')}: ${reason}`
}
