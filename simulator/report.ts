/** What a simulation came to. */
import { createHash } from 'node:crypto'
import type { AttemptRecord, VersionRecord } from '../server/storage/records.ts'
import type { JobConfig } from '../shared/jobs/config.ts'
import type { BarState, Score } from '../shared/protocol/dashboard.ts'
import type { JobState } from '../shared/protocol/participant.ts'
import { joinBytes } from '../shared/tensors/bytes.ts'
import type { SimulatedCoordinator } from './coordinator.ts'
import type { SimulatedData } from './data/simulated-data.ts'
import type { Simulated } from './simulate.ts'
import type { Stopwatch } from './stopwatch.ts'

export interface SimulatedRound {
  readonly round: number
  readonly version: number
  /** On the test data; where there are none, on what the clients hold back; null where there is neither. */
  readonly loss: number | null
  readonly metrics: Readonly<Record<string, number>>
  /** That counted. */
  readonly updates: number
  readonly examples: number
  /** Clients whose task ended without an update that counts, of all attempts at the round. */
  readonly failed: number
  readonly seconds: number | null
}

export interface Failure {
  readonly round: number
  readonly client: string
  readonly how: BarState
  readonly reason: string
}

/** The one object that --json prints. */
export interface SimulationReport {
  readonly job: string
  readonly state: JobState
  /** Why it ended before its last round; empty where it did not. */
  readonly reason: string
  readonly data: string
  readonly clients: number
  readonly threads: number
  /** The whole job, with all defaults. */
  readonly settings: JobConfig
  readonly rounds: readonly SimulatedRound[]
  readonly failures: readonly Failure[]
  /** Of the last version. */
  readonly loss: number | null
  readonly metrics: Readonly<Record<string, number>>
  /** Of the last version as a safetensors file. */
  readonly sha256: string
  /** All of it, from reading nothing to the last test. */
  readonly wallSeconds: number
  /** Updates that counted, a second, from the first task to the last version. */
  readonly clientsPerSecond: number
}

export interface ReportParts {
  readonly coordinator: SimulatedCoordinator
  readonly data: SimulatedData
  readonly config: JobConfig
  readonly threads: number
  readonly names: readonly string[]
  readonly watch: Stopwatch
  /** performance.now() at the beginning. */
  readonly began: number
}

const FAILED: readonly BarState[] = ['declined', 'gone', 'rejected']

export async function reportOf(parts: ReportParts): Promise<Simulated> {
  const { coordinator, data, config, threads, names, watch, began } = parts
  const { runner, records, files } = coordinator
  const job = runner.board.jobRow()
  const versions = await records.versions(job.id)
  const attempts = await records.attempts(job.id, Number.POSITIVE_INFINITY)
  const last = versions.at(-1) as VersionRecord
  const pieces: Uint8Array[] = []
  for await (const piece of await files.safetensors(last.digest)) pieces.push(piece)
  // Plain bytes, whatever the store gives: Node’s own are cut otherwise.
  const model = new Uint8Array(joinBytes(pieces))
  const failures = attempts.flatMap(failuresOf)
  const score = scoreOf(last)
  const report: SimulationReport = {
    job: job.id,
    state: job.state,
    reason: job.reason,
    data: data.name,
    clients: names.length,
    threads,
    settings: config,
    rounds: versions.slice(1).map((version) => roundOf(version, failures, watch)),
    failures,
    loss: score?.loss ?? null,
    metrics: score?.metrics ?? {},
    sha256: createHash('sha256').update(model).digest('hex'),
    wallSeconds: (performance.now() - began) / 1000,
    clientsPerSecond: watch.roundSeconds === 0 ? 0 : updatesIn(versions) / watch.roundSeconds,
  }
  return { report, model }
}

function roundOf(record: VersionRecord, failures: readonly Failure[], watch: Stopwatch): SimulatedRound {
  const { round, version, attempt, updates, examples } = record
  const score = scoreOf(record)
  return {
    round,
    version,
    loss: score?.loss ?? null,
    metrics: score?.metrics ?? {},
    updates,
    examples,
    failed: failures.filter((failure) => failure.round === round).length,
    seconds: watch.secondsOf(attempt),
  }
}

function updatesIn(versions: readonly VersionRecord[]): number {
  return versions.reduce((n, { updates }) => n + updates, 0)
}

function scoreOf({ test, clients }: VersionRecord): Score | null {
  return test ?? clients
}

function failuresOf({ round, row }: AttemptRecord): Failure[] {
  return row.bars.flatMap(({ clientId, state, reason }) =>
    FAILED.includes(state) ? [{ round, client: clientId, how: state, reason }] : [],
  )
}
