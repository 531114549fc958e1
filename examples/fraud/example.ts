import { jobOf } from '../stage/coordinator.ts'
import type { Example } from '../stage/example.ts'
import { aloneAndTogether, barsOf, percent, resultOf } from '../stage/simulated.ts'
import { BANKS, csv, transactionsOf } from './transactions.ts'

const SEED = 7

export const example: Example = {
  about: 'banks learn together what fraud looks like: a table with few frauds in it, made up here',
  async run(stage) {
    const count = stage.small ? 1500 : 6000
    const job = await jobOf(new URL('job.json', import.meta.url), stage.small ? { rounds: 8 } : {})
    const rows = BANKS.map((_, bank) => transactionsOf(SEED, bank, count))
    const files = {
      all: csv(rows.flat()),
      test: csv(transactionsOf(SEED + 1, null, count)),
      ...Object.fromEntries(BANKS.map((bank, i) => [bank, csv(rows[i] ?? [])])),
    }
    const runs = await aloneAndTogether(job, BANKS, { files, extension: 'csv', column: 'bank' }, stage)
    return {
      columns: ['', 'AUC', 'recall', 'precision'],
      rows: runs.map(({ who, report: { metrics } }) => [
        who,
        (metrics.auc ?? Number.NaN).toFixed(3),
        percent(metrics.recall),
        percent(metrics.precision),
      ]),
      sentence: 'On transactions with every bank’s kinds of fraud. A bank alone misses kinds that it has not met.',
      chart: barsOf(runs, 'recall', 'Frauds found, of all kinds: by a bank alone, and together'),
      result: resultOf(runs),
    }
  },
}
