/** A job that an example simulates: all clients in this process, as `tributary simulate` runs them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobConfig } from '../../shared/jobs/config.ts'
import { type DataRequest, loadData } from '../../simulator/data/load.ts'
import type { SimulationReport } from '../../simulator/report.ts'
import { simulate } from '../../simulator/simulate.ts'
import type { Chart } from './chart.ts'
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

export interface Run {
  /** "North alone", or "federated". */
  readonly who: string
  readonly report: SimulationReport
}

/**
 * The job with each party's data alone, then with all of them, a client each. `files`: a table of each party's, by its name, and of
 * `all` and `test`, which all runs are measured on; `column`: says in `all` whose a row is.
 */
export function aloneAndTogether(
  config: JobConfig,
  parties: readonly string[],
  {
    files,
    extension,
    column,
  }: { readonly files: Readonly<Record<string, string>>; readonly extension: string; readonly column: string },
  stage: Stage,
): Promise<Run[]> {
  const named = Object.entries(files).map(([name, content]) => [`${name}.${extension}`, content])
  return withFiles(Object.fromEntries(named), async (pathOf) => {
    const path = (name: string) => pathOf(`${name}.${extension}`)
    const testData = path('test')
    const runs: Run[] = []
    for (const party of parties) {
      const report = await simulated(party, config, { data: path(party), clients: 1, testData }, stage)
      runs.push({ who: `${party} alone`, report })
    }
    const all = { data: path('all'), partition: `natural-id:${column}`, testData }
    return [...runs, { who: 'federated', report: await simulated(`all by ${column}`, config, all, stage) }]
  })
}

/** One bar for each of the runs, from 0 to 1. */
export function barsOf(runs: readonly Run[], metric: string, title: string): Chart {
  return {
    kind: 'bars',
    title,
    at: runs.map(({ who }) => who.replace(' alone', '')),
    series: [{ name: metric, values: runs.map(({ report }) => report.metrics[metric] ?? 0) }],
    range: [0, 1],
    unit: 'percent',
  }
}

/** What programs are told of runs. */
export function resultOf(runs: readonly Run[]): object {
  return { runs: runs.map(({ who, report }) => ({ who, metrics: report.metrics, sha256: report.sha256 })) }
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
