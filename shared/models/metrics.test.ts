import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { METRIC_NAMES } from '../jobs/metrics.ts'
import { measureOf } from './metrics.ts'

const CLASSES = 4

/** Scores of some examples, coarse enough to be equal often, and their classes. */
const answers = fc.array(
  fc.record({
    label: fc.integer({ min: 0, max: CLASSES - 1 }),
    scores: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: CLASSES, maxLength: CLASSES }),
  }),
  { minLength: 1, maxLength: 60 },
)
type Answers = { label: number; scores: number[] }[]

const oneHot = (label: number, width: number) => Array.from({ length: width }, (_, c) => (c === label ? 1 : 0))

/** The metric, in two batches. */
function measured(name: string, width: number, rows: readonly { target: number[]; scores: number[] }[], loss = 0) {
  const measure = measureOf(name, width)
  const half = Math.ceil(rows.length / 2)
  for (const part of [rows.slice(0, half), rows.slice(half)]) {
    const flat = (of: (row: (typeof rows)[number]) => number[]) => Float32Array.from(part.flatMap(of))
    const [targets, predictions] = [flat((row) => row.target), flat((row) => row.scores)]
    measure.add(targets, predictions)
    // What was given may be used for something else.
    targets.fill(Number.NaN)
    predictions.fill(Number.NaN)
  }
  return measure.value(loss)
}

const ofMany = (name: string, given: Answers) =>
  measured(
    name,
    CLASSES,
    given.map(({ label, scores }) => ({ target: oneHot(label, CLASSES), scores })),
  )

/** The class that is said: of equal scores the first. */
const said = (scores: readonly number[]) => scores.indexOf(Math.max(...scores))

const share = (given: Answers, is: (answer: Answers[number]) => boolean) => given.filter(is).length / given.length

describe('a metric of classes', () => {
  it('accuracy is the share that is right', () => {
    fc.assert(
      fc.property(answers, (given) => {
        expect(ofMany('accuracy', given)).toBeCloseTo(
          share(given, ({ label, scores }) => said(scores) === label),
          12,
        )
      }),
    )
  })

  it('top-k is the share whose class is among the k likeliest', () => {
    fc.assert(
      fc.property(answers, fc.integer({ min: 2, max: 4 }), (given, k) => {
        const among = ({ label, scores }: Answers[number]) =>
          [...scores.keys()]
            .sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b)
            .slice(0, k)
            .includes(label)
        expect(ofMany(`top${k}`, given)).toBeCloseTo(share(given, among), 12)
      }),
    )
  })

  it('precision, recall and F1 are means over the classes that occur', () => {
    fc.assert(
      fc.property(answers, (given) => {
        const rows = Array.from({ length: CLASSES }, (_, c) => {
          const there = given.filter(({ label }) => label === c)
          const answered = given.filter(({ scores }) => said(scores) === c)
          const hits = there.filter(({ scores }) => said(scores) === c).length
          const precision = answered.length === 0 ? 0 : hits / answered.length
          const recall = there.length === 0 ? 0 : hits / there.length
          const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
          return { occurs: there.length + answered.length > 0, precision, recall, f1 }
        }).filter(({ occurs }) => occurs)
        for (const name of ['precision', 'recall', 'f1'] as const) {
          expect(ofMany(name, given)).toBeCloseTo(rows.reduce((sum, row) => sum + row[name], 0) / rows.length, 12)
        }
      }),
    )
  })

  it('AUC is the share of pairs in the right order, equal ones counting half, as a mean over classes', () => {
    fc.assert(
      fc.property(answers, (given) => {
        const areas = Array.from({ length: CLASSES }, (_, c) => {
          const own = given.filter(({ label }) => label === c).map(({ scores }) => scores[c] as number)
          const others = given.filter(({ label }) => label !== c).map(({ scores }) => scores[c] as number)
          const pairs = own.flatMap((a) => others.map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)))
          return pairs.length === 0 ? null : pairs.reduce((a, b) => a + b, 0) / pairs.length
        }).filter((area) => area !== null)
        const mean = areas.length === 0 ? null : areas.reduce((a, b) => a + b, 0) / areas.length
        const value = ofMany('auc', given)
        if (mean === null) expect(value).toBeNull()
        else expect(value).toBeCloseTo(mean, 12)
      }),
    )
  })

  it('says nothing of AUC where all are of one class', () => {
    expect(ofMany('auc', [{ label: 1, scores: [0, 1, 0, 0] }])).toBeNull()
  })

  it('comes to an end where a prediction is no number', () => {
    const rows = [0, 1, 0, 1].map((target) => ({ target: [target], scores: [Number.NaN] }))
    for (const name of METRIC_NAMES) measured(name, 1, rows)
    const none = [0, 1, 2].map((label) => ({ label, scores: new Array<number>(CLASSES).fill(Number.NaN) }))
    for (const name of ['accuracy', 'top2', 'f1', 'precision', 'recall']) expect(ofMany(name, none)).toBe(0)
  })
})

describe('a metric of two classes', () => {
  // 3 of the second class are found, 1 is missed, 2 are found in error; 4 are rightly none.
  const scores = [0.9, 0.8, 0.6, 0.2, 0.7, 0.51, 0.1, 0.3, 0.4, 0.05]
  const labels = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
  const expected = { accuracy: 0.7, precision: 3 / 5, recall: 3 / 4, f1: 2 / 3, auc: 19 / 24 }

  it.each(Object.entries(expected))('%s is that of the second, by its probability', (name, value) => {
    const rows = labels.map((label, i) => ({ target: [label], scores: [scores[i] as number] }))
    expect(measured(name, 1, rows)).toBeCloseTo(value, 6)
  })

  it.each(Object.entries(expected))('%s is that of the second, by the probabilities of both', (name, value) => {
    const rows = labels.map((label, i) => {
      const score = scores[i] as number
      return { target: oneHot(label, 2), scores: [1 - score, score] }
    })
    expect(measured(name, 2, rows)).toBeCloseTo(value, 6)
  })
})

it('the mean absolute error is over all values, and perplexity is of the loss', () => {
  const rows = [
    { target: [1, 2], scores: [2, 2] },
    { target: [0, -1], scores: [0, 2] },
  ]
  expect(measured('mae', 2, rows)).toBe(1)
  expect(measured('perplexity', 2, rows, Math.log(8))).toBeCloseTo(8, 12)
})

it('says so where there is none of that name', () => {
  for (const name of ['hinge', 'top1', 'top0', 'top100', 'toString', '']) {
    expect(() => measureOf(name, 2)).toThrow(expect.objectContaining({ code: 'job/invalid' }))
  }
})
