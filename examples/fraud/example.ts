import { jobOf } from '../stage/coordinator.ts'
import type { Example } from '../stage/example.ts'
import { percent, simulated, withFiles } from '../stage/simulated.ts'
import { BANKS, csv, transactionsOf } from './transactions.ts'

const SEED = 7

export const example: Example = {
  about: 'banks learn together what fraud looks like: a table with few frauds in it, made up here',
  async run(stage) {
    const count = stage.small ? 1500 : 6000
    const job = await jobOf(new URL('job.json', import.meta.url), stage.small ? { rounds: 8 } : {})
    const rows = BANKS.map((_, bank) => transactionsOf(SEED, bank, count))
    const files = {
      'all.csv': csv(rows.flat()),
      'test.csv': csv(transactionsOf(SEED + 1, null, count)),
      ...Object.fromEntries(BANKS.map((bank, i) => [`${bank}.csv`, csv(rows[i] ?? [])])),
    }
    return withFiles(files, async (pathOf) => {
      const testData = pathOf('test.csv')
      const runs = []
      for (const bank of BANKS) {
        const data = { data: pathOf(`${bank}.csv`), clients: 1, testData }
        runs.push({ who: `${bank} alone`, report: await simulated(bank, job, data, stage) })
      }
      const all = { data: pathOf('all.csv'), partition: 'natural-id:bank', testData }
      runs.push({ who: 'federated', report: await simulated('all banks', job, all, stage) })
      return {
        columns: ['', 'AUC', 'recall', 'precision'],
        rows: runs.map(({ who, report: { metrics } }) => [
          who,
          (metrics.auc ?? Number.NaN).toFixed(3),
          percent(metrics.recall),
          percent(metrics.precision),
        ]),
        sentence: 'On transactions with every bank’s kinds of fraud. A bank alone misses kinds that it has not met.',
        chart: {
          kind: 'bars',
          title: 'Frauds found, of all kinds: by a bank alone, and together',
          at: runs.map(({ who }) => who.replace(' alone', '')),
          series: [
            {
              name: 'recall',
              values: runs.map(({ report }) => report.metrics.recall ?? 0),
            },
          ],
          range: [0, 1],
          unit: 'percent',
        },
        result: { runs: runs.map(({ who, report }) => ({ who, metrics: report.metrics, sha256: report.sha256 })) },
      }
    })
  },
}
