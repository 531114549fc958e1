/** For tests of stores: folders that are gone afterwards, and records with every field set. */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TributaryError } from '../../shared/errors/error.ts'
import type { RoundRow } from '../../shared/protocol/dashboard.ts'
import type { AttemptPlan, AttemptRecord, CountedRecord, JobRecord, VersionRecord } from './records.ts'

export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tributary-store-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** Every file below a folder by its name, with its bytes' sha256. */
export async function bytesOf(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const read = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name)
    return [
      path.slice(folder.length + 1),
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ] as const
  })
  return Object.fromEntries(await Promise.all(read))
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
    kept: true,
    ...change,
  }
}

/** Tasks that counted, each with a sha256 and a time of its own. */
export function counted(...taskIds: string[]): CountedRecord[] {
  return taskIds.map((taskId, i) => ({
    taskId,
    sha256: Buffer.from(taskId).toString('hex').padEnd(64, '0').slice(0, 64),
    at: 1_700_000_000_500 + i,
  }))
}

export function plan(jobId: string, number: number, change: Partial<AttemptPlan> = {}): AttemptPlan {
  return {
    kind: 'train',
    tries: 2,
    target: 3,
    quorum: 2,
    deadlineMs: 60_000,
    base: version(jobId, number).digest,
    grid: { totalCoefficient: 0.1 + 0.2, maxElement: 1024, step: 2 ** -40 },
    tasks: [{ taskId: `${jobId}/${number}/a`, clientId: 'a', examples: 600 }],
    ...change,
  }
}

export function attempt(
  jobId: string,
  number: number,
  change: Partial<RoundRow> = {},
  open: AttemptPlan | null = null,
): AttemptRecord {
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
  return { job: jobId, attempt: number, round: number, row, plan: open }
}
