/**
 * A whole job in one process: the second composition root. The coordinator's own rooms and the sdk's own sessions, over
 * connections in memory; clients train in threads, with the engine that tabs have.
 */
import { createLog } from '../server/logging/log.ts'
import { subset } from '../shared/datasets/dataset.ts'
import { splitInPlace } from '../shared/datasets/split.ts'
import { TributaryError } from '../shared/errors/error.ts'
import type { JobConfig } from '../shared/jobs/config.ts'
import { gain } from '../shared/jobs/metrics.ts'
import type { JobRow } from '../shared/protocol/dashboard.ts'
import { isOver } from '../shared/protocol/participant.ts'
import type { NamedTensors } from '../shared/tensors/named.ts'
import { join, type SimulatedClient } from './clients.ts'
import { openCoordinator, type SimulatedCoordinator } from './coordinator.ts'
import { heldOnce, shared } from './data/held.ts'
import type { SimulatedData } from './data/simulated-data.ts'
import { reportOf, type SimulationReport } from './report.ts'
import { Stopwatch } from './stopwatch.ts'
import { ThreadPool } from './threads/pool.ts'
import { Turns } from './turns.ts'
import { VirtualTime } from './virtual-time.ts'

export interface SimulationOptions {
  readonly config: JobConfig
  /** What version 0 begins with, where the config says so. */
  readonly weights?: NamedTensors | null
  readonly data: SimulatedData
  readonly threads: number
  /** The clients' ids, as many as data has parts; site-1, site-2, … by default. */
  readonly names?: readonly string[]
  readonly logLevel?: string
  /** The job is stopped at the first version, after version 0, whose test reaches this. */
  readonly until?: Target | null
  /** The job is stopped. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: SimulationProgress) => void
}

export interface Target {
  readonly metric: string
  readonly value: number
}

export interface SimulationProgress {
  readonly job: JobRow
  readonly clients: number
  /** Answers that counted, of all rounds until now. */
  readonly updates: number
  readonly seconds: number
  /** The first metric of the last version that was tested. */
  readonly metric: number | null
}

export interface Simulated {
  readonly report: SimulationReport
  /** The last version as a safetensors file. */
  readonly model: Uint8Array
}

/** Versions that may wait for their test when the next round begins, fewer than make a coordinator leave one out. */
const LAG = 4
const LOOK_MS = 100
/** Tasks for each thread: one that is trained, and some that wait, or whose answers wait for a task that takes longer. */
const TASKS_A_THREAD = 4

/** Throws 'server/option' where no round could ever begin, and whatever is wrong with the job. */
export async function simulate(options: SimulationOptions): Promise<Simulated> {
  const { data, threads, until = null, names = siteNames(data.parts.length) } = options
  // It begins when all are there, and not before.
  const config = { ...options.config, autoStart: false }
  check(config, names.length, until, data)
  const began = performance.now()
  const turns = new Turns(threads * TASKS_A_THREAD)
  const time = new VirtualTime(() => turns.idle)
  const watch = new Stopwatch()
  const log = createLog(options.logLevel ?? 'error', watch.note)
  let metric: number | null = null
  let tested = 0
  const onTested = async (evaluation: { readonly metrics: Readonly<Record<string, number>> }) => {
    metric = evaluation.metrics[config.metrics[0] ?? ''] ?? null
    // The first is version 0, which nobody has trained.
    if (until && tested++ > 0 && reaches(evaluation.metrics[until.metric], until)) await stop(coordinator)
  }
  const lag = until ? 0 : LAG
  const coordinator: SimulatedCoordinator = await openCoordinator({
    config,
    weights: options.weights ?? null,
    test: data,
    clock: time,
    log,
    lag,
    onTested,
  }).catch((thrown) => {
    time.stop()
    throw thrown
  })
  const dataset = heldOnce(data.dataset)
  const pool = new ThreadPool({ dataset, validationSplit: config.validationSplit, seed: config.seed }, threads)
  const abort = () => void stop(coordinator)
  try {
    const clients = data.parts.map((part, i): SimulatedClient => {
      const { train, validation } = splitInPlace(subset(dataset, part), config.validationSplit, config.seed)
      return {
        name: names[i] as string,
        dataset: { source: data.source, train: train.count, validation: validation.count },
        performer: pool.performerOf(shared(part)),
      }
    })
    const joined = await Promise.all(clients.map((client) => join(client, coordinator, turns)))
    checkEligible(
      joined.map(({ ineligible }) => ineligible),
      config,
    )
    const { runner, pacing } = coordinator
    await runner.command({ type: 'start' })
    options.signal?.addEventListener('abort', abort)
    if (options.signal?.aborted) abort()
    await ended(() => {
      const job = runner.board.jobRow()
      const { updates } = watch
      options.onProgress?.({ job, clients: clients.length, updates, seconds: watch.seconds, metric })
      return isOver(job.state)
    })
    await pacing.done()
    return await reportOf({ coordinator, data, config: options.config, threads, names, watch, began })
  } finally {
    options.signal?.removeEventListener('abort', abort)
    time.stop()
    await pool.close()
    await coordinator.close()
  }
}

/** As NVIDIA FLARE names them. */
function siteNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `site-${i + 1}`)
}

/** One that has ended by itself meanwhile is stopped already. */
async function stop({ runner }: SimulatedCoordinator): Promise<void> {
  await runner.command({ type: 'stop' }).catch(() => {})
}

function reaches(value: number | undefined, { metric, value: wanted }: Target): boolean {
  return value !== undefined && gain(metric, value, wanted) >= 0
}

async function ended(look: () => boolean): Promise<void> {
  while (!look()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
}

function check(config: JobConfig, clients: number, until: Target | null, data: SimulatedData): void {
  if (config.minClients > clients) {
    throw new TributaryError(
      'server/option',
      `The job needs ${config.minClients} clients for a round, and there are ${clients}. Simulate more with --clients, or lower minClients with --set minClients=${clients}.`,
    )
  }
  if (!until) return
  if (!data.test) {
    throw new TributaryError(
      'server/option',
      `--until ${until.metric}=${until.value} needs data to test versions on. Name some with --test-data.`,
    )
  }
  if (config.metrics.includes(until.metric)) return
  throw new TributaryError(
    'server/option',
    `--until asks for ${until.metric}, and the job measures ${config.metrics.join(', ')}. Name one of these.`,
  )
}

function checkEligible(reasons: readonly string[], { minClients }: JobConfig): void {
  const eligible = reasons.filter((reason) => reason === '').length
  if (eligible >= minClients) return
  const [first = ''] = reasons.filter((reason) => reason !== '')
  throw new TributaryError(
    'server/option',
    `Only ${eligible} of ${reasons.length} clients may be selected, and a round needs ${minClients}. ${first}`,
  )
}
