/** A job that an example simulates: all clients in this process, as `tributary simulate` runs them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobConfig } from '../../shared/jobs/config.ts'
import { type DataRequest, loadData } from '../../simulator/data/load.ts'
import type { SimulationReport } from '../../simulator/report.ts'
import { simulate } from '../../simulator/simulate.ts'
import type { Stage } from './example.ts'

/** Threads that train. */
const THREADS = 2

const UNASKED: DataRequest = {
  data: null,
  testData: null,
  clients: null,
  partition: null,
  examples: 300,
  folder: process.env.TRIBUTARY_DATA,
}

/** `name` says in the progress which of several jobs this is. */
export async function simulated(
  name: string,
  config: JobConfig,
  request: Partial<DataRequest>,
  { say }: Stage,
): Promise<SimulationReport> {
  const data = await loadData(config, { ...UNASKED, ...request })
  say(`${name}: ${data.parts.length} ${data.parts.length === 1 ? 'client' : 'clients'}, ${config.rounds} rounds.`)
  let told = 0
  const { report } = await simulate({
    config,
    data,
    threads: THREADS,
    onProgress: ({ job }) => {
      // A line for each quarter of the way.
      const quarter = Math.floor((4 * job.round) / config.rounds)
      if (quarter > told) say(`  round ${job.round} of ${config.rounds}`)
      told = Math.max(told, quarter)
    },
  })
  return report
}

/** Files that go when the work is done, by their names. */
export async function withFiles<T>(
  files: Readonly<Record<string, string>>,
  work: (pathOf: (name: string) => string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-example-'))
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
    return await work((name) => join(folder, name))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function percent(value: number | undefined): string {
  return value === undefined ? '–' : `${(100 * value).toFixed(1)} %`
}
