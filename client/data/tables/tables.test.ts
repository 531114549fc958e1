import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { dataSchema, type TableSchema } from '../../../shared/protocol/data.ts'
import { file, readAll, refusal } from '../testing/files.ts'

const FRAUD = dataSchema.parse({
  kind: 'table',
  columns: [
    { name: 'amount', mean: 100, std: 50 },
    { name: 'country', values: ['NO', 'SE'] },
    { name: 'age', missing: 40 },
  ],
  target: 'fraud',
  classes: ['no', 'yes'],
}) as TableSchema

const HEADER = 'amount,country,age,fraud'

/** Of a table in which amount is (a − 100) / 50. */
const values = (dataset: { values: ArrayLike<number> }) => Array.from(dataset.values)
const labels = (dataset: { targets: object }) =>
  'labels' in dataset.targets ? Array.from(dataset.targets.labels as Uint8Array) : null

describe('a table', () => {
  const rows = ['150,NO,30,no', '50,SE,,yes', '100,DK,20,no']
  const expected = [1, 1, 0, 30, -1, 0, 1, 40, 0, 0, 0, 20]

  it.each<[string, () => ReturnType<typeof file>]>([
    ['CSV', () => file('t.csv', [HEADER, ...rows].join('\n'))],
    ['CSV with Windows’ line ends and one at its end', () => file('t.csv', [HEADER, ...rows, ''].join('\r\n'))],
    ['CSV with a byte order mark', () => file('t.csv', Uint8Array.of(0xef, 0xbb, 0xbf), [HEADER, ...rows].join('\n'))],
    [
      'CSV in UTF-16',
      () => file('t.csv', Uint8Array.of(0xff, 0xfe), Buffer.from([HEADER, ...rows].join('\n'), 'utf16le')),
    ],
    ['CSV, zipped', () => file('t.csv.gz', gzipSync([HEADER, ...rows].join('\n')))],
    [
      'semicolons and quotes',
      () => file('t.csv', [HEADER, ...rows].map((row) => `"${row.replaceAll(',', '";"')}"`).join('\n')),
    ],
    ['TSV', () => file('t.tsv', [HEADER, ...rows].join('\n').replaceAll(',', '\t'))],
    [
      'other columns, in another order',
      () =>
        file('t.csv', ['id,FRAUD, Age ,country,amount', '7,no,30,NO,150', '8,yes,,SE,50', '9,no,20,DK,100'].join('\n')),
    ],
    ['no header', () => file('t.csv', rows.join('\n'))],
    [
      'JSONL',
      () =>
        file(
          't.jsonl',
          rows
            .map((row) => row.split(','))
            .map(([amount, country, age, fraud]) =>
              JSON.stringify({ fraud, age: age ? Number(age) : null, amount: Number(amount), country }),
            )
            .join('\n'),
        ),
    ],
    [
      'Parquet',
      () =>
        file(
          't.parquet',
          new Uint8Array(
            parquetWriteBuffer({
              columnData: [
                { name: 'amount', data: [150, 50, 100], type: 'DOUBLE' },
                { name: 'country', data: ['NO', 'SE', 'DK'], type: 'STRING' },
                { name: 'age', data: [30, null, 20], type: 'INT32' },
                { name: 'fraud', data: ['no', 'yes', 'no'], type: 'STRING' },
              ],
            }),
          ),
        ),
    ],
  ])('is read from %s', async (_, make) => {
    const { dataset, report } = await readAll([make()], FRAUD)
    expect(dataset).toMatchObject({ count: 3, shape: [4] })
    expect(values(dataset)).toEqual(expected)
    expect(labels(dataset)).toEqual([0, 1, 0])
    expect(report).toMatchObject({ examples: 3, skipped: 0 })
  })

  it('is read whole where it comes in many pieces, with line ends within quotes', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `"a\n${i}",${i},"x ""${i}"""`)
    const text = `note,n,label\n${lines.join('\n')}`
    const schema = dataSchema.parse({ kind: 'table', columns: [{ name: 'n' }], target: 'n' })
    const pieces = text.match(/[\s\S]{1,777}/g) ?? []
    const cut = {
      ...file('t.csv', text),
      stream: () =>
        new ReadableStream<Uint8Array>({
          start(controller) {
            for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece))
            controller.close()
          },
        }),
    }
    const { dataset, progress } = await readAll([cut], schema)
    expect(values(dataset)).toEqual(Array.from(lines.keys()))
    expect(progress.at(-1)).toEqual({ fraction: 1, examples: 5000 })
    expect(progress.some(({ fraction }) => fraction > 0.2 && fraction < 0.8)).toBe(true)
  })

  it('says what it left out: row, column and why', async () => {
    const text = [HEADER, '1,NO,2,no', 'abc,NO,2,no', '1,NO,2,maybe', ',NO,2,no', '1,NO', '2,SE,3,yes'].join('\n')
    const { dataset, report } = await readAll([file('t.csv', text)], FRAUD)
    expect(dataset.count).toBe(2)
    expect(report.skipped).toBe(4)
    expect(report.shown).toEqual([
      { file: 't.csv', row: 3, column: 'amount', reason: '“abc” is not a number' },
      { file: 't.csv', row: 4, column: 'fraud', reason: '“maybe” is not one of no, yes' },
      { file: 't.csv', row: 5, column: 'amount', reason: 'the cell is empty' },
      { file: 't.csv', row: 6, column: null, reason: 'it has 2 cells, and the table 4 columns' },
    ])
  })

  it('is read where lines are blank before it, and where a first object lacks a field', async () => {
    const csv = await readAll([file('t.csv', `\n\n${HEADER}\n1,NO,2,no\n\n`)], FRAUD)
    expect(csv.dataset.count).toBe(1)
    expect(csv.report.skipped).toBe(0)
    const lines = ['{"amount":1,"country":"NO","fraud":"no"}', '{"amount":1,"country":"NO","age":7,"fraud":"no"}']
    const { dataset } = await readAll([file('t.jsonl', lines.join('\n'))], FRAUD)
    expect(values(dataset).filter((_, i) => i % 4 === 3)).toEqual([40, 7])
  })

  it('tells of names that the job does not know, and of another encoding', async () => {
    const latin = Buffer.from(`${HEADER}\n1,Zürich,2,no`, 'latin1')
    const { report } = await readAll([file('t.csv', latin)], FRAUD)
    expect(report.notes).toEqual([
      't.csv is not UTF-8, and was read as Windows-1252.',
      'Column country: 1 cells are none of the names that the job knows, and count as none.',
    ])
  })

  it('does not take a thousand for one', async () => {
    const schema = dataSchema.parse({ kind: 'table', columns: [{ name: 'size' }], target: 'price' })
    const { dataset, report } = await readAll([file('t.csv', 'size;price\n1,234;5\n12,5;6')], schema)
    expect(values(dataset)).toEqual([12.5])
    expect(report.shown[0]?.reason).toBe('“1,234” is not a number')
  })

  it('may have thousands of columns with long names', async () => {
    const names = Array.from({ length: 3000 }, (_, i) => `a rather long name of a column ${i}`)
    const schema = dataSchema.parse({ kind: 'table', columns: names.map((name) => ({ name })), target: 'y' })
    const text = `${[...names, 'y'].join()}\n${names.map((_, i) => i).join()},7`
    expect((await readAll([file('t.csv', text)], schema)).dataset).toMatchObject({ count: 1, shape: [3000] })
  })

  it('takes columns of other names where it is told which', async () => {
    const text = 'Betrag,country,age,fraud\n100,NO,1,yes'
    const { dataset } = await readAll([file('t.csv', text)], FRAUD, { amount: 'Betrag' })
    expect(values(dataset)).toEqual([0, 1, 0, 1])
  })

  it('has numbers for targets, with a decimal comma too', async () => {
    const schema = dataSchema.parse({ kind: 'table', columns: [{ name: 'size' }], target: 'price' })
    const { dataset } = await readAll([file('t.csv', 'size;price\n"1,5";-2e3\n.5;7')], schema)
    expect(values(dataset)).toEqual([1.5, 0.5])
    expect(dataset.targets).toEqual({ outputs: 1, values: Float32Array.of(-2000, 7) })
  })

  it.each<[string, () => ReturnType<typeof file>[], RegExp]>([
    ['an empty file', () => [file('t.csv', '')], /^data\/empty t\.csv is empty/],
    ['a header alone', () => [file('t.csv', HEADER)], /^data\/empty No example could be read/],
    [
      'a missing column',
      () => [file('t.csv', 'amount,age,fraud\n1,2,no')],
      /^data\/mismatch t\.csv has no column country; it has amount, age, fraud\./,
    ],
    [
      'bytes that are no text',
      () => [file('t.csv', Uint8Array.of(1, 0, 2, 0, 3))],
      /^data\/malformed t\.csv is not text/,
    ],
    [
      'a million columns',
      () => [file('t.csv', `${'a,'.repeat(1e6)}b\n`)],
      /^data\/malformed t\.csv has \d+ columns or more/,
    ],
    [
      'a gzip file cut off',
      () => [file('t.csv.gz', gzipSync(`${HEADER}\n${'1,NO,2,no\n'.repeat(9999)}`).subarray(0, 60))],
      /^data\/malformed t\.csv\.gz is not a whole gzip file/,
    ],
    [
      'JSON that is no object a line',
      () => [file('t.jsonl', '[1, 2]')],
      /^data\/malformed t\.jsonl does not begin with a JSON object/,
    ],
    [
      'a damaged Parquet file',
      () => [file('t.parquet', 'PAR1 and then nothing of use')],
      /^data\/malformed t\.parquet is not a whole Parquet file/,
    ],
    ['an empty Parquet file', () => [file('t.parquet', '')], /^data\/malformed t\.parquet/],
    [
      'only rows that cannot be read',
      () => [file('t.csv', `${HEADER}\nx,NO,2,no`)],
      /^data\/empty .* 1 were left out, the first since t\.csv, row 2, column amount: “x” is not a number/,
    ],
    [
      'something else',
      () => [file('t.docx', 'PK')],
      /^data\/mismatch This job takes rows of 3 columns; t\.docx cannot/,
    ],
    ['nothing', () => [], /^data\/empty/],
  ])('is refused where it is %s', async (_, make, sentence) => {
    expect(await refusal(make(), FRAUD)).toMatch(sentence)
  })

  it('is refused where a quotation mark is left open for too long', async () => {
    const text = `${HEADER}\n"1,NO,2,no\n${'1,NO,2,no\n'.repeat(4e6)}`
    expect(await refusal([file('t.csv', text)], FRAUD)).toMatch(/^data\/malformed t\.csv: row 2 does not end/)
  }, 60_000)
})
