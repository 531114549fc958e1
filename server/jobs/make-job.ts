/** A job as it begins: made anew with its version 0, or taken up from the store. */
import { TributaryError } from '../../shared/errors/error.ts'
import type { JobConfig } from '../../shared/jobs/config.ts'
import type { JobRecord } from '../storage/records.ts'
import type { JobStart, WorkflowRooms } from '../workflows/workflow.ts'
import { topologyOf } from './versions.ts'

type Rooms = Pick<WorkflowRooms, 'clock' | 'records' | 'versions' | 'models'>

/** Throws 'job/untrainable' where the model cannot be built for the job's data. */
export async function createJob(rooms: Rooms, config: JobConfig): Promise<{ record: JobRecord; start: JobStart }> {
  const topology = topologyOf(config)
  const { layout, params, base } = await rooms.models.initialise(topology, config)
  const id = `${slug(config.name)}-${(await rooms.records.countJobs()) + 1}`
  const frame = await rooms.versions.putFrame(id, topology, layout, base)
  const version = await rooms.versions.put(frame, 0, null, params)
  const createdAt = rooms.clock.now()
  const record: JobRecord = { id, config, state: 'waiting', reason: '', rounds: config.rounds, createdAt }
  const { digest, bytes } = version
  const nobody = { round: 0, attempt: 0, updates: 0, examples: 0, test: null, clients: null }
  await rooms.records.createJob(record, { job: id, version: 0, digest, bytes, createdAt, ...nobody })
  const state = config.autoStart ? 'running' : 'waiting'
  return { record, start: { id, config, rounds: config.rounds, frame, version, lastAttempt: 0, state, reason: '' } }
}

/** The job of this record, where it stood. Throws 'storage/corrupt'. */
export async function restoreJob(rooms: Rooms, record: JobRecord): Promise<JobStart> {
  const latest = (await rooms.records.versions(record.id)).at(-1)
  if (!latest)
    throw new TributaryError(
      'storage/corrupt',
      `The job ${record.id} has no version in the store. Choose another folder with --store.`,
    )
  const { frame, version } = await rooms.versions.get(latest.digest)
  const [last] = await rooms.records.attempts(record.id, 1)
  const config = record.config as JobConfig
  return {
    id: record.id,
    config,
    rounds: record.rounds,
    frame,
    version,
    lastAttempt: last?.attempt ?? 0,
    state: record.state === 'waiting' && config.autoStart ? 'running' : record.state,
    reason: record.reason,
  }
}

function slug(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return plain.slice(0, 40) || 'job'
}
