/** A job as it begins: made anew with its version 0, or taken up from the store. */
import { basename } from 'node:path'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { type JobConfig, parseJobConfig } from '../../shared/jobs/config.ts'
import { fitWeights, type ModelValues } from '../../shared/jobs/initial-weights.ts'
import type { Manifest } from '../../shared/jobs/manifest.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import { isOver } from '../../shared/protocol/participant.ts'
import type { Layout } from '../../shared/tensors/layout.ts'
import type { NamedTensors } from '../../shared/tensors/named.ts'
import type { JobRecord, VersionRecord } from '../storage/records.ts'
import type { JobStart, WorkflowRooms } from '../workflows/workflow.ts'
import { ROUNDS_KEPT } from './board.ts'
import { openAttempt, pastOf } from './past.ts'
import { topologyOf } from './versions.ts'

type Rooms = Pick<WorkflowRooms, 'log' | 'clock' | 'records' | 'versions' | 'retention' | 'models'>

/** Where a job's version 0 comes from: its seed and the weights given, or an earlier job with the same settings. */
export type Beginning = { readonly weights: NamedTensors | null } | { readonly again: string }

interface FirstModel {
  readonly topology: Topology
  readonly layout: Layout
  readonly values: ModelValues
  readonly initial: Manifest['initial']
}

/**
 * Throws 'job/untrainable' where the model cannot be built for the job's data, 'job/invalid' or 'job/weights' where what is said of
 * it does not fit it.
 */
export function createJob(rooms: Rooms, config: JobConfig, beginning: Beginning): Promise<Made> {
  return rooms.retention.writing(() => makeJob(rooms, config, beginning))
}

export interface Made {
  readonly record: JobRecord
  readonly start: JobStart
}

async function makeJob(rooms: Rooms, config: JobConfig, beginning: Beginning): Promise<Made> {
  const { topology, layout, values, initial } =
    'again' in beginning && config.model.weights !== null
      ? await firstOf(rooms, beginning.again)
      : await drawFirst(rooms, config, 'weights' in beginning ? beginning.weights : null)
  const { params, base } = values
  const id = `${slug(config.name)}-${(await rooms.records.countJobs()) + 1}`
  const frame = await rooms.versions.putFrame(id, topology, layout, base, initial)
  const version = await rooms.versions.put(frame, 0, null, params)
  const createdAt = rooms.clock.now()
  const record: JobRecord = { id, config, state: 'waiting', reason: '', rounds: config.rounds, createdAt }
  const { digest, bytes } = version
  const nobody = { round: 0, attempt: 0, updates: 0, examples: 0, test: null, clients: null, kept: true }
  await rooms.records.createJob(record, { job: id, version: 0, digest, bytes, createdAt, ...nobody })
  const state = config.autoStart ? 'running' : 'waiting'
  return {
    record,
    start: { id, config, rounds: config.rounds, frame, version, lastAttempt: 0, state, reason: '', past: null },
  }
}

/** The model as the seed draws it, with the weights that were given in their places. */
async function drawFirst(rooms: Rooms, config: JobConfig, weights: NamedTensors | null): Promise<FirstModel> {
  const topology = topologyOf(config)
  const { layout, ...drawn } = await rooms.models.initialise(topology, config)
  const wanted = config.model.weights
  if (wanted === null) return { topology, layout, values: drawn, initial: null }
  const { from, sha256, partial } = wanted
  if (weights === null) {
    throw new TributaryError(
      'job/weights',
      `The job begins with the weights ${from}, which did not come with it. Start it with --job FILE, the weights beside the file.`,
    )
  }
  const { seeded, ignored, ...values } = fitWeights(layout, drawn, weights, { source: from, partial })
  const initial = { from: basename(from), sha256, seeded: [...seeded], ignored: [...ignored] }
  rooms.log.info(
    { loaded: layout.length - seeded.length, seeded, ignored, sha256 },
    `Version 0 begins with the weights ${from}.`,
  )
  return { topology, layout, values, initial }
}

/** What an earlier job began with. Its file may have changed since, or gone: its version 0 has not. */
async function firstOf(rooms: Rooms, job: string): Promise<FirstModel> {
  const [first] = await rooms.records.versions(job)
  if (!first) throw new TributaryError('storage/corrupt', `The job ${job} has no version in the store.`)
  const { frame, version } = await readVersion(rooms, first)
  const { topology, layout, initial, baseParams: base } = frame
  return { topology, layout, values: { params: version.params, base }, initial }
}

/** The job of this record, where it stood. Throws 'storage/corrupt'. */
export async function restoreJob(rooms: Rooms, record: JobRecord): Promise<JobStart> {
  const latest = (await rooms.records.versions(record.id)).at(-1)
  if (!latest)
    throw new TributaryError(
      'storage/corrupt',
      `The job ${record.id} has no version in the store. Choose another folder with --store.`,
    )
  const { frame, version } = await readVersion(rooms, latest)
  const attempts = await rooms.records.attempts(record.id, ROUNDS_KEPT)
  const open = isOver(record.state) ? null : openAttempt(attempts, latest.digest)
  for (const [i, attempt] of attempts.entries()) {
    // What was open and does not go on will never be answered.
    if (attempt === open || attempt.row.endedAt !== null) continue
    const { row } = attempt
    const reason = 'the coordinator was restarted'
    const over = {
      ...attempt,
      plan: null,
      row: { ...row, state: 'abandoned', reason, endedAt: row.startedAt },
    } as const
    await rooms.records.putAttempt(over)
    attempts[i] = over
  }
  // A store of an earlier release lacks fields that have been added since.
  const config = parseJobConfig(record.config, 'The job in the store')
  return {
    id: record.id,
    config,
    // A version that is there was planned, whatever became of the plan's record, and so was an attempt that goes on.
    rounds: Math.max(record.rounds, version.number, open?.row.kind === 'train' ? open.round : 0),
    frame,
    version,
    lastAttempt: attempts.at(-1)?.attempt ?? 0,
    state: record.state === 'waiting' && config.autoStart ? 'running' : record.state,
    reason: record.reason,
    past: { rounds: pastOf(attempts, open), open },
  }
}

async function readVersion({ versions }: Rooms, { job, version, digest }: VersionRecord) {
  try {
    return await versions.get(digest)
  } catch (cause) {
    const { code, message } = errorInfo(cause)
    if (code !== 'model/corrupt' && code !== 'model/unknown') throw cause
    throw new TributaryError(
      'storage/corrupt',
      `Version ${version} of the job ${job} cannot be read: ${message} Restore the store from a backup, or start with another --store.`,
      { cause },
    )
  }
}

function slug(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return plain.slice(0, 40) || 'job'
}
