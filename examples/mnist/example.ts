import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SimulationReport } from '../../simulator/report.ts'
import { jobOf } from '../stage/coordinator.ts'
import type { Example } from '../stage/example.ts'
import { percent, simulated } from '../stage/simulated.ts'

/** How the digits may be divided, from alike to not at all alike. */
const PARTITIONS = ['iid', 'dirichlet:0.3', 'shards:2']

export const example: Example = {
  about: 'digits divided among clients in three ways, from alike to not at all alike',
  async run(stage) {
    const folder = process.env.TRIBUTARY_DATA
    const hasMnist = folder !== undefined && existsSync(join(folder, 'mnist'))
    if (!hasMnist)
      stage.say('MNIST is not there ($TRIBUTARY_DATA/mnist): built-in digits take its place. See the example’s README.')
    const source = hasMnist && !stage.small ? 'mnist' : 'synthetic-digits'
    const changes = stage.small ? { rounds: 3, model: { preset: 'mlp-32' }, clientsPerRound: 4 } : {}
    const job = await jobOf(new URL('job.json', import.meta.url), { demoData: { source }, ...changes })
    const clients = stage.small ? 8 : source === 'mnist' ? 100 : 30
    const reports: SimulationReport[] = []
    for (const partition of PARTITIONS) {
      const request = { data: source, clients, partition, examples: stage.small ? 60 : 300 }
      reports.push(await simulated(partition, job, request, stage))
    }
    const last = (rounds: (typeof reports)[number]['rounds']) => rounds.map(({ metrics }) => percent(metrics.accuracy))
    return {
      columns: ['divided', ...(reports[0]?.rounds ?? []).map(({ round }) => `round ${round}`)],
      rows: reports.map(({ rounds }, i) => [PARTITIONS[i] ?? '', ...last(rounds)]),
      sentence: `Accuracy on test digits, ${clients} clients of which ${job.clientsPerRound} train a round. The less alike they are, the slower it goes.`,
      chart: {
        kind: 'lines',
        title: `Accuracy by round, ${clients} clients`,
        at: (reports[0]?.rounds ?? []).map(({ round }) => String(round)),
        series: reports.map(({ rounds }, i) => ({
          name: PARTITIONS[i] ?? '',
          values: rounds.map(({ metrics }) => metrics.accuracy ?? 0),
        })),
        range: [0, 1],
        unit: 'percent',
      },
      result: { source, runs: reports.map(({ rounds, sha256 }, i) => ({ partition: PARTITIONS[i], rounds, sha256 })) },
    }
  },
}
