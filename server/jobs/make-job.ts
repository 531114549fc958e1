/** A job as it begins: made anew with its version 0, or taken up from the store. */
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { type JobConfig, parseJobConfig } from '../../shared/jobs/config.ts'
import { isOver } from '../../shared/protocol/participant.ts'
import type { JobRecord, VersionRecord } from '../storage/records.ts'
import type { JobStart, WorkflowRooms } from '../workflows/workflow.ts'
import { ROUNDS_KEPT } from './board.ts'
import { openAttempt, pastOf } from './past.ts'
import { topologyOf } from './versions.ts'

type Rooms = Pick<WorkflowRooms, 'clock' | 'records' | 'versions' | 'retention' | 'models'>

/** Throws 'job/untrainable' where the model cannot be built for the job's data. */
export function createJob(rooms: Rooms, config: JobConfig): Promise<{ record: JobRecord; start: JobStart }> {
  return rooms.retention.writing(() => makeJob(rooms, config))
}

async function makeJob(rooms: Rooms, config: JobConfig): Promise<{ record: JobRecord; start: JobStart }> {
  const topology = topologyOf(config)
  const { layout, params, base } = await rooms.models.initialise(topology, config)
  const id = `${slug(config.name)}-${(await rooms.records.countJobs()) + 1}`
  const frame = await rooms.versions.putFrame(id, topology, layout, base)
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
