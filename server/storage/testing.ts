/** For tests of stores: folders that are gone afterwards, and records with every field set. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TributaryError } from '../../shared/errors/error.ts'
import type { RoundRow } from '../../shared/protocol/dashboard.ts'
import type { AttemptRecord, JobRecord, VersionRecord } from './records.ts'

export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tributary-store-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** The code with which the work fails. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (thrown) {
    if (thrown instanceof TributaryError) return thrown.code
    throw thrown
  }
  return 'nothing was thrown'
}

export function job(id: string, change: Partial<JobRecord> = {}): JobRecord {
  return {
    id,
    config: { name: 'Ziffern „1“', rounds: 3 },
    state: 'waiting',
    reason: '',
    rounds: 3,
    createdAt: 1_700_000_000_123,
    ...change,
  }
}

export function version(jobId: string, number: number, change: Partial<VersionRecord> = {}): VersionRecord {
  return {
    job: jobId,
    version: number,
    digest: `${number}`.padStart(64, jobId.endsWith('2') ? 'b' : 'a'),
    round: number,
    attempt: number + 1,
    createdAt: 1_700_000_000_000 + number,
    updates: 4,
    examples: 2400.25,
    bytes: 101_800,
    test: null,
    clients: null,
    ...change,
  }
}

export function attempt(jobId: string, number: number, change: Partial<RoundRow> = {}): AttemptRecord {
  const row: RoundRow = {
    key: `${number}.${number}`,
    round: number,
    attempt: number,
    tries: 1,
    kind: 'train',
    state: 'open',
    reason: '',
    startedAt: 5,
    deadlineAt: 6,
    endedAt: null,
    version: null,
    updates: 0,
    bytesUp: 1,
    bytesDown: 2,
    bars: [],
    ...change,
  }
  return { job: jobId, attempt: number, round: number, row }
}
