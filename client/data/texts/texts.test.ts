import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valuesAt } from '../../../shared/datasets/dataset.ts'
import { splitInPlace } from '../../../shared/datasets/split.ts'
import { dataSchema, type TextSchema } from '../../../shared/protocol/data.ts'
import { file, readAll, refusal } from '../testing/files.ts'

const schemaOf = (more: object) => dataSchema.parse({ kind: 'text', ...more }) as TextSchema
const LETTERS = [...'abcdefgh']
const NEXT = schemaOf({ vocabulary: LETTERS, length: 3 })
const MOOD = schemaOf({ tokens: 'words', vocabulary: ['good', 'bad', '!'], length: 4, classes: ['pos', 'neg'] })

const labelsOf = (dataset: { targets: object }) =>
  'labels' in dataset.targets ? Array.from(dataset.targets.labels as Int32Array) : []

describe('stretches of a text', () => {
  it('are examples, with the token after each', async () => {
    const { dataset } = await readAll([file('a.txt', 'abcd?f')], NEXT)
    expect(dataset).toMatchObject({ count: 3, shape: [3], targets: { classes: 9 } })
    expect([0, 1, 2].flatMap((i) => Array.from(valuesAt(dataset, i)))).toEqual([1, 2, 3, 2, 3, 4, 3, 4, 0])
    // A token is held once, however many examples it is in.
    expect(dataset.values.length).toBe(6)
    expect(labelsOf(dataset)).toEqual([4, 0, 6])
  })

  it('are the same in however many pieces the text comes, at any stride', async () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'é', '😀', ' ', 'dog', '\r\n', '.'), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(
        text.map((parts) => parts.join('')),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom('characters', 'words'),
        async (written, piece, stride, tokens) => {
          const schema = schemaOf({ tokens, vocabulary: ['a', 'b', 'dog', '.', '\n'], length: 2, stride })
          const bytes = new TextEncoder().encode(written)
          const cut = {
            ...file('a.txt', bytes),
            stream: () =>
              new ReadableStream<Uint8Array>({
                start(controller) {
                  for (let at = 0; at < bytes.length; at += piece) controller.enqueue(bytes.slice(at, at + piece))
                  controller.close()
                },
              }),
          }
          const read = async (source: typeof cut) => {
            try {
              return (await readAll([source], schema)).dataset
            } catch (thrown) {
              return (thrown as { code: string }).code
            }
          }
          expect(await read(cut)).toEqual(await read(file('a.txt', bytes) as typeof cut))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('are held back where none of their tokens is in one that is trained on, as an answer neither', async () => {
    const text = Array.from({ length: 300 }, (_, i) => LETTERS[(i * i) % 8]).join('')
    const { dataset } = await readAll([file('a.txt', text)], NEXT)
    const { train, validation } = splitInPlace(dataset, 0.2, 1)
    expect(validation.count).toBe(Math.round(dataset.count * 0.2))
    expect(train.count).toBe(dataset.count - validation.count - 3)
    const last = Math.max(...(train.starts ?? [])) + 3
    expect(last).toBeLessThan(Math.min(...(validation.starts ?? [])))
  })

  it('of a text that comes all at once may be many', async () => {
    const { dataset } = await readAll([file('a.jsonl', JSON.stringify({ text: 'abcd'.repeat(1e5) }))], NEXT)
    expect(dataset.count).toBe(4e5 - 3)
    expect(dataset.values.length).toBe(4e5)
  })

  it('too short for an example are nothing to train on', async () => {
    expect(await refusal([file('a.txt', 'abc')], NEXT)).toMatch(/^data\/empty/)
  })
})

describe('texts with classes', () => {
  it.each([
    ['CSV', file('t.csv', 'text,label\n"Good, good!",pos\n"a bad, bad, BAD day!",neg')],
    [
      'JSONL',
      file(
        't.jsonl',
        '{"Sentiment":"POS","review":"Good, good!"}\n{"Sentiment":"neg","review":"a bad, bad, BAD day!"}',
      ),
    ],
  ])('are read from %s, by the usual names of columns', async (_, source) => {
    const { dataset } = await readAll([source], MOOD)
    expect(dataset).toMatchObject({ count: 2, shape: [4], targets: { classes: 2 } })
    expect(Array.from(dataset.values)).toEqual([1, 0, 1, 3, 0, 2, 0, 2])
    expect(labelsOf(dataset)).toEqual([0, 1])
  })

  it('are of the class of their folder, and shorter ones end in nothing', async () => {
    const files = [file('all/neg/1.txt', 'Bad'), file('all/pos/2.txt', 'good!'), file('all/odd/3.txt', 'good')]
    const { dataset, report } = await readAll(files, MOOD)
    expect(Array.from(dataset.values)).toEqual([2, 0, 0, 0, 1, 3, 0, 0])
    expect(labelsOf(dataset)).toEqual([1, 0])
    expect(report.shown[0]?.reason).toBe('its folder “odd” is none; the folder’s name says the class, one of pos, neg')
  })

  it.each([
    ['no column of texts', file('t.csv', 'words,label\na,pos'), /it has no column text/],
    ['no column of classes', file('t.csv', 'text,mood\na,pos'), /it has no column label/],
    ['classes of another job', file('t.csv', 'text,label\na,happy'), /“happy” is not one of pos, neg/],
    ['a text in no folder', file('1.txt', 'good'), /it lies in no folder/],
    ['something else', file('t.png', 'good'), /it is no text/],
  ])('are refused with %s', async (_, source, sentence) => {
    expect(await refusal([source], MOOD)).toMatch(sentence)
  })
})
