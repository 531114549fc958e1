/** Texts as a job's examples: each of a class, or each stretch with the token after it. */
import { type Dataset, PLAIN } from '../../../shared/datasets/dataset.ts'
import { classesOf } from '../../../shared/datasets/schema.ts'
import type { TextSchema } from '../../../shared/protocol/data.ts'
import { linesOf, textOf } from '../files/lines.ts'
import { folderOf, type SourceFile } from '../files/source-file.ts'
import { classPlaces } from '../readers/class-names.ts'
import { Growing } from '../readers/growing.ts'
import type { Reading } from '../readers/reading.ts'
import { listed, nothingRead, short } from '../readers/words.ts'
import { type Mapping, placesOf, wantedColumns } from '../tables/columns.ts'
import type { Owners } from '../tables/owners.ts'
import type { Table } from '../tables/record.ts'
import { Tokens } from './tokens.ts'

export class TextExamples {
  private readonly schema: TextSchema
  private readonly reading: Reading
  private readonly tokens: Tokens
  private readonly inputs: Growing<Int32Array>
  private readonly labels = new Growing(Int32Array, 1)
  /** Of stretches: all tokens, and where each begins. */
  private readonly stream = new Growing(Int32Array, 1)
  private readonly starts = new Growing(Int32Array, 1)
  private readonly classOf: (name: string) => number | undefined

  constructor(schema: TextSchema, reading: Reading) {
    this.schema = schema
    this.reading = reading
    this.tokens = new Tokens(schema)
    this.inputs = new Growing(Int32Array, schema.length)
    this.classOf = classPlaces(schema.classes)
  }

  /** A plain text: of the class of its folder, or, without classes, cut into stretches. */
  async addText(file: SourceFile): Promise<void> {
    if (this.schema.classes.length === 0) return this.addStretches(textOf(file, this.reading))
    const folder = folderOf(file) ?? ''
    const label = this.classOf(folder)
    if (label === undefined) {
      const where = folder === '' ? 'it lies in no folder' : `its folder “${folder}” is none`
      this.reading.report.skip(
        file.path,
        `${where}; the folder’s name says the class, one of ${listed(this.schema.classes)}`,
      )
      return
    }
    let text = ''
    for await (const lines of linesOf(file, this.reading)) {
      text += lines.map(({ line }) => `${line}\n`).join('')
      // A token has a character at least.
      if (text.length > this.schema.length * 64) break
    }
    this.addOne(text, label)
  }

  /** A table with a column of texts, and one of their classes where there are any. `owners`: is told whose each example is. */
  async addTable(table: Table, file: SourceFile, mapping: Mapping, owners: Owners | null = null): Promise<void> {
    const { report } = this.reading
    const wanted = wantedColumns(this.schema)
    const places = placesOf(table.columns, wanted, mapping)
    const lacks = wanted.find((_, i) => places[i] === -1)
    if (lacks) {
      const [name = '', ...others] = lacks.names
      report.skip(file.path, `it has no column ${name} (or ${listed(others)}); it has ${listed(table.columns)}`)
      return
    }
    const [text = -1, label = -1] = places
    const needsLabel = this.schema.classes.length > 0
    const ownerAt = owners?.placeIn(table.columns, file.path)
    for await (const rows of table.rows()) {
      for (const { number, cells } of rows) {
        const written = String(cells[text] ?? '')
        const owner = ownerAt === undefined ? '' : String(cells[ownerAt] ?? '').trim()
        if (owners && owner === '') {
          report.skip(file.path, 'the cell is empty', number, owners.column)
          continue
        }
        const before = this.labels.count
        if (!needsLabel) {
          await this.addStretches(once(written))
          owners?.add(owner, this.labels.count - before)
          continue
        }
        const name = String(cells[label] ?? '').trim()
        const which = this.classOf(name)
        if (which !== undefined) {
          this.addOne(written, which)
          owners?.add(owner)
        } else
          report.skip(
            file.path,
            `“${short(name)}” is not one of ${listed(this.schema.classes)}`,
            number,
            table.columns[label],
          )
      }
      this.reading.has(this.labels.count)
    }
  }

  result(): Dataset {
    const count = this.labels.count
    if (count === 0) throw nothingRead(this.reading)
    const targets = { classes: classesOf(this.schema).length, labels: this.labels.take() }
    const examples = { count, shape: [this.schema.length], scale: PLAIN, targets }
    if (this.schema.classes.length > 0) return { ...examples, values: this.inputs.take() }
    return { ...examples, values: this.stream.take(), starts: this.starts.take() }
  }

  private addOne(text: string, label: number): void {
    this.inputs.push(this.tokens.of(text).slice(0, this.schema.length))
    this.labels.push([label])
  }

  /** They overlap: all tokens are held once. */
  private async addStretches(texts: AsyncIterable<string>): Promise<void> {
    const { length, stride } = this.schema
    const { stream, starts, labels } = this
    let from = stream.count
    const add = (tokens: readonly number[]) => {
      for (const token of tokens) {
        // What comes after a stretch is its answer.
        if (stream.count === from + length) {
          starts.next()[0] = from
          labels.next()[0] = token
          from += stride
        }
        stream.next()[0] = token
      }
      this.reading.has(labels.count)
    }
    let written = ''
    for await (const text of texts) {
      const whole = (written + text).replaceAll('\r\n', '\n')
      const open = this.tokens.open(whole)
      written = whole.slice(whole.length - open)
      add(this.tokens.of(whole.slice(0, whole.length - open)))
    }
    add(this.tokens.of(written))
  }
}

async function* once(text: string): AsyncGenerator<string> {
  yield text
}
