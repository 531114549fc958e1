/**
 * Simulated clients a second, of whole rounds: model to the client, training, update, sum, and the test of the version beside
 * them. Numbers of threads take turns, so that all meet the same moods of the machine.
 */
import { type JobConfigInput, parseJobConfig } from '../../shared/jobs/config.ts'
import { digitsJob, mnistJob } from '../../shared/jobs/templates.ts'
import { loadData } from '../../simulator/data/load.ts'
import { simulate } from '../../simulator/simulate.ts'
import type { Benchmark, Row } from '../benchmark.ts'
import { median } from '../interleave.ts'

const CLIENTS = 20
const TURNS = 3
const THREADS = [1, 2] as const

interface Case {
  readonly name: string
  readonly job: JobConfigInput
  readonly examples: number
}

const CASES: readonly Case[] = [
  { name: '2nn, 600 examples in batches of 10', job: { ...mnistJob, batchSize: 10 }, examples: 600 },
  { name: 'mlp-32, 60 examples in batches of 10', job: { ...digitsJob, batchSize: 10, localEpochs: 1 }, examples: 60 },
]

export const simulation: Benchmark = {
  about: `simulated clients a second, ${CLIENTS} in a round, by threads`,
  async run(only): Promise<Row[]> {
    const rows: Row[] = []
    for (const one of CASES) if (one.name.startsWith(only ?? '')) rows.push(...(await measured(one)))
    return rows
  },
}

async function measured({ name, job, examples }: Case): Promise<Row[]> {
  // Rounds enough for the threads to have started and their code to be compiled.
  const rounds = examples > 100 ? 4 : 30
  const demoData = { source: 'synthetic-digits' } as const
  const config = parseJobConfig({ ...job, rounds, validationSplit: 0, demoData }, 'The benchmark’s job')
  const asked = { data: null, testData: null, clients: CLIENTS, partition: null, examples, folder: undefined }
  const data = await loadData(config, asked)
  const rates: Record<number, number[]> = {}
  for (let turn = 0; turn < TURNS; turn++) {
    for (const threads of THREADS) {
      const { report } = await simulate({ config, data, threads })
      // The first round begins before the threads are there.
      const later = report.rounds.slice(1)
      const seconds = later.reduce((sum, round) => sum + (round.seconds ?? Number.NaN), 0)
      rates[threads] = [...(rates[threads] ?? []), (later.length * CLIENTS) / seconds]
    }
  }
  const [alone = [], ...others] = THREADS.map((threads) => rates[threads] ?? [])
  const row = { case: name, metric: 'clients a second, 1 thread', value: median(alone), unit: '/s' }
  return [
    row,
    ...others.map((own, i) => ({
      case: name,
      metric: `clients a second, ${THREADS[i + 1]} threads`,
      value: median(own),
      unit: '/s',
      baseline: '1 thread',
      baselineValue: median(alone),
      // Of turns that stood side by side.
      ratio: median(own.map((rate, turn) => rate / (alone[turn] ?? Number.NaN))),
    })),
  ]
}
