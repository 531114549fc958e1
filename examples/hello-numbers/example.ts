import { jobOf, withCoordinator } from '../stage/coordinator.ts'
import type { Example } from '../stage/example.ts'
import { addNumbers } from './client.ts'

/** What each client adds, and how much it weighs. */
const CLIENTS = [
  { own: [1, 2, 3, 4, 5], examples: 1 },
  { own: [10, 20, 30, 40, 50], examples: 1 },
  { own: [-4, -4, -4, -4, -4], examples: 2 },
]

export const example: Example = {
  about: 'a list of numbers is aggregated; there is no model',
  async run({ say }) {
    const job = await jobOf(new URL('job.json', import.meta.url))
    return withCoordinator(job, async ({ url, over }) => {
      say(`Three programs take part in ${job.rounds} rounds at ${url}.`)
      const [lists] = await Promise.all([
        Promise.all(CLIENTS.map(({ own, examples }) => addNumbers(url, own, examples))),
        over(),
      ])
      const shown = (values: readonly number[]) => values.map((value) => value.toFixed(2))
      const last = lists[0] ?? []
      return {
        columns: ['', 'weight', 'first', 'second', 'third', 'fourth', 'fifth'],
        rows: [
          ...CLIENTS.map(({ own, examples }, i) => [
            `client ${i + 1} adds`,
            String(examples),
            ...shown(own.map((v) => v / 10)),
          ]),
          ['after all rounds', '', ...shown(last)],
        ],
        sentence: `Each round added the clients’ weighted mean; after ${job.rounds} of them all three hold the same list.`,
        result: { rounds: job.rounds, lists },
        chart: {
          kind: 'bars',
          title: `What the clients added in ${job.rounds} rounds, and what all hold then`,
          at: ['first', 'second', 'third', 'fourth', 'fifth'],
          series: [
            ...CLIENTS.map(({ own }, i) => ({
              name: `client ${i + 1}`,
              values: own.map((v) => (v * job.rounds) / 10),
            })),
            { name: 'all', values: last },
          ],
          range: [-5, 25],
        },
      }
    })
  },
}
