import * as tf from '@tensorflow/tfjs'
import { jobOf, withCoordinator } from '../stage/coordinator.ts'
import type { Example } from '../stage/example.ts'
import { learnRow, type Row } from './client.ts'

const TABLE: readonly Row[] = [
  [0, 0, 0],
  [0, 1, 1],
  [1, 0, 1],
  [1, 1, 0],
]

export const example: Example = {
  about: 'four clients learn a truth table of which each knows one row',
  async run({ say }) {
    await tf.setBackend('cpu')
    const job = await jobOf(new URL('job.json', import.meta.url))
    return withCoordinator(job, async ({ url, over }) => {
      say(`Four clients with one row each train for ${job.rounds} rounds at ${url}.`)
      const [answers] = await Promise.all([Promise.all(TABLE.map((row) => learnRow(url, row, TABLE))), over()])
      const [first = []] = answers
      const right = TABLE.filter(([, , answer], i) => Math.round(first[i] ?? Number.NaN) === answer).length
      return {
        columns: ['a', 'b', 'a xor b', 'the model'],
        rows: TABLE.map(([a, b, answer], i) => [String(a), String(b), String(answer), (first[i] ?? 0).toFixed(3)]),
        sentence: `${right} of 4 rows are right. A client alone knows one row, and would answer that to everything.`,
        result: { rounds: job.rounds, right, answers },
        chart: {
          kind: 'bars',
          title: 'What the model of all answers to each pair',
          at: TABLE.map(([a, b]) => `${a} xor ${b}`),
          series: [
            { name: 'right', values: TABLE.map(([, , answer]) => answer) },
            { name: 'the model', values: first },
          ],
          range: [0, 1],
        },
      }
    })
  },
}
