import * as tf from '@tensorflow/tfjs'
import { runTrainer } from '../../client/api/index.ts'
import { jobOf, withCoordinator } from '../stage/coordinator.ts'
import type { Example, Stage } from '../stage/example.ts'
import { points } from './points.ts'
import { fedProx } from './trainer.ts'

/** Of each client, how many examples of each class: nearly all of one. */
const SHARES = [
  [100, 10, 0],
  [0, 100, 10],
  [10, 0, 100],
]

interface Run {
  readonly mu: number
  readonly accuracies: readonly number[]
  /** How far the clients' weights went in a round, on average. */
  readonly drift: number
}

async function run(mu: number, { say, small }: Stage): Promise<Run> {
  const job = await jobOf(new URL('job.json', import.meta.url), small ? { rounds: 3, localEpochs: 20 } : {})
  return withCoordinator(job, async ({ url, over }) => {
    say(`μ = ${mu}: three clients train for ${job.rounds} rounds at ${url}.`)
    const drifts: number[] = []
    const clients = SHARES.map(async (shares, i) => {
      const data = { train: points(i + 1, shares), held: points(i + 11, [20, 20, 20]) }
      const trainer = fedProx(mu, (distance) => drifts.push(distance))
      const model = await runTrainer(trainer, data, { url, examples: 110, validationExamples: 60 })
      model?.dispose()
    })
    const [board] = await Promise.all([over(), ...clients])
    return {
      mu,
      accuracies: board.versions.map(({ clients: score }) => score?.metrics.accuracy ?? Number.NaN),
      drift: drifts.reduce((sum, distance) => sum + distance, 0) / drifts.length,
    }
  })
}

export const example: Example = {
  about: 'a trainer of one’s own: FedProx, for clients with other classes each',
  async run(stage) {
    await tf.setBackend('cpu')
    const runs: Run[] = []
    for (const mu of [0, 0.1, 1]) runs.push(await run(mu, stage))
    const percent = (value: number | undefined) => `${(100 * (value ?? Number.NaN)).toFixed(1)} %`
    return {
      columns: ['μ', ...(runs[0]?.accuracies ?? []).map((_, version) => `version ${version}`), 'drift'],
      rows: runs.map(({ mu, accuracies, drift }) => [String(mu), ...accuracies.map(percent), drift.toFixed(2)]),
      sentence: `μ = 0 is FedAvg. The larger μ, the less the clients’ weights drift apart in a round, and the slower they learn.`,
      result: { runs },
      chart: {
        kind: 'lines',
        title: 'Accuracy by version, for three strengths of the proximal term',
        at: (runs[0]?.accuracies ?? []).map((_, version) => String(version)),
        series: runs.map(({ mu, accuracies }) => ({ name: `μ = ${mu}`, values: accuracies })),
        range: [0, 1],
        unit: 'percent',
      },
    }
  },
}
