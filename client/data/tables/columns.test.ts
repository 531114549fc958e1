import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dataSchema } from '../../../shared/protocol/data.ts'
import { columnQuestion } from '../readers/column-question.ts'
import { file, readAll } from '../testing/files.ts'
import { guessMapping, likeness } from './guess.ts'

const FRAUD = dataSchema.parse({
  kind: 'table',
  columns: [{ name: 'amount' }, { name: 'country', values: ['NO', 'SE'] }],
  target: 'fraud',
  classes: ['no', 'yes'],
})
const REVIEWS = dataSchema.parse({
  kind: 'text',
  tokens: 'words',
  vocabulary: ['good'],
  length: 3,
  classes: ['+', '-'],
})

const csv = (...rows: string[]) => file('t.csv', rows.join('\n'))

describe('which column is which', () => {
  it('is asked where names are missing: what the job lacks, and what the file has left', async () => {
    const asked = await columnQuestion([csv('Betrag,Land,fraud,id', '1,NO,no,7')], FRAUD, {})
    expect(asked).toEqual({ file: 't.csv', lacking: ['amount', 'country'], found: ['Betrag', 'Land', 'id'] })
  })

  it('is asked of the second table where the first has them all', async () => {
    const files = [csv('amount,country,fraud', '1,NO,no'), file('u.jsonl', '{"sum":1,"country":"NO","fraud":"no"}')]
    expect(await columnQuestion(files, FRAUD, {})).toEqual({ file: 'u.jsonl', lacking: ['amount'], found: ['sum'] })
  })

  it('is asked of texts as well', async () => {
    const asked = await columnQuestion([csv('Kommentar,Stimmung', 'good,+')], REVIEWS, {})
    expect(asked).toEqual({ file: 't.csv', lacking: ['text', 'label'], found: ['Kommentar', 'Stimmung'] })
    const mapping = { text: 'Kommentar', label: 'Stimmung' }
    const { dataset } = await readAll([csv('Kommentar,Stimmung', 'good,+', 'bad,-')], REVIEWS, mapping)
    expect(dataset.count).toBe(2)
  })

  it.each<[string, Parameters<typeof columnQuestion>[0]]>([
    ['there are all', [csv('amount,country,fraud', '1,NO,no')]],
    ['there are too few to be them', [csv('amount,fraud', '1,no')]],
    ['there is no header, and they are as many', [csv('1,NO,no', '2,SE,yes')]],
    ['there is no table', [file('notes.pdf', 'x')]],
  ])('is not asked where %s', async (_, files) => {
    expect(await columnQuestion(files, FRAUD, {})).toBeNull()
  })

  it('is no question once it is answered; the answer serves tables with the job’s own names beside it', async () => {
    const mapping = { amount: 'Betrag', country: 'Land' }
    const files = [csv('Betrag,Land,fraud', '1,NO,no'), csv('fraud,amount,country', 'yes,2,SE')]
    expect(await columnQuestion(files, FRAUD, mapping)).toBeNull()
    const { dataset } = await readAll(files, FRAUD, mapping)
    expect(Array.from(dataset.values)).toEqual([1, 1, 0, 2, 0, 1])
  })

  it('may be said of a table without a header, by the columns’ places', async () => {
    const rows = csv('7,1,NO,no', '8,2,SE,yes')
    const asked = await columnQuestion([rows], FRAUD, {})
    expect(asked?.found).toEqual(['column 1', 'column 2', 'column 3', 'column 4'])
    const mapping = { amount: 'column 2', country: 'column 3', fraud: 'column 4' }
    expect(Array.from((await readAll([rows], FRAUD, mapping)).dataset.values)).toEqual([1, 1, 0, 2, 0, 1])
  })

  it('may be said of columns that objects have in other ways', async () => {
    const odd = dataSchema.parse({ kind: 'table', columns: [{ name: 'constructor' }], target: '__proto__' })
    const { dataset } = await readAll([csv('constructor,__proto__', '1,2')], odd)
    expect(Array.from(dataset.values)).toEqual([1])
  })
})

describe('a guess', () => {
  it('goes by names that are alike, each but once', () => {
    const found = ['id', 'Amount (EUR)', 'country_code', 'is_fraud', 'date']
    expect(guessMapping(['amount', 'country', 'fraud', 'age'], found)).toEqual({
      amount: 'Amount (EUR)',
      country: 'country_code',
      fraud: 'is_fraud',
    })
    expect(likeness('Größe', 'GROSSE')).toBeGreaterThan(0.4)
    expect(guessMapping(['price'], ['Größe'])).toEqual({})
  })

  it('is of names that are there, and never the same twice', () => {
    const names = fc.uniqueArray(fc.string(), { maxLength: 6 })
    void fc.assert(
      fc.property(names, names, (wanted, found) => {
        const columns = Object.values(guessMapping(wanted, found))
        expect(new Set(columns).size).toBe(columns.length)
        expect(columns.every((column) => found.includes(column))).toBe(true)
      }),
    )
  })

  it('says as much of two names in either order, from 0 to 1', () => {
    void fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(likeness(a, b)).toBe(likeness(b, a))
        expect(likeness(a, b)).toBeGreaterThanOrEqual(0)
        expect(likeness(a, b)).toBeLessThanOrEqual(1)
      }),
    )
  })
})
