/** What must be true when a job has ended, however often its coordinator was killed on the way. */
import type { CrashClient } from './crash-client.ts'
import { COUNTS } from './crash-job.ts'
import type { Ending } from './crash-scene.ts'
import type { Stored } from './crash-store.ts'
import { examplesOf } from './work.ts'

const { rounds } = COUNTS

/** What breaks a rule, in words; empty is well. */
export function brokenRules(stored: Stored, clients: readonly CrashClient[]): string[] {
  return [...ofVersions(stored, clients), ...ofAttempts(stored), ...clients.flatMap(ofClient)]
}

/** In what one ending differs from another, in words; empty where their versions are the same, bit for bit. */
export function differences(ending: Ending, reference: Ending): string[] {
  const faults: string[] = []
  // A manifest's digest stands for the parameters and for the parents, back to version 0.
  const digests = ({ stored }: Ending) => stored.versions.map(({ digest }) => digest.slice(0, 12)).join()
  if (digests(ending) !== digests(reference)) faults.push(`versions ${digests(ending)}, not ${digests(reference)}`)
  if (!ending.params.equals(reference.params)) faults.push('other parameters')
  return faults
}

/** Versions that were not tested on the coordinator's data. */
export function untested({ stored }: Ending): number[] {
  return stored.versions.filter((version) => version.test === null).map(({ version }) => version)
}

/** Versions whose scores by the clients did not outlive the crash. */
export function unscored({ stored }: Ending): number[] {
  return stored.versions.filter((version) => version.clients === null).map(({ version }) => version)
}

/** Each version once, in order, of one update of each client. */
function ofVersions({ jobs, versions, counted }: Stored, clients: readonly CrashClient[]): string[] {
  const faults: string[] = []
  const [job] = jobs
  if (jobs.length !== 1 || job?.state !== 'finished') faults.push(`the store's jobs are ${JSON.stringify(jobs)}`)
  const numbers = versions.map(({ version }) => version)
  if (numbers.join() !== Array.from({ length: rounds + 1 }, (_, i) => i).join())
    faults.push(`R7: the versions are ${numbers}`)
  const examples = clients.reduce((n, { index }) => n + examplesOf(index), 0)
  for (const { version, attempt, ...row } of versions) {
    if (version === 0) continue
    if (row.updates !== clients.length || row.examples !== examples) {
      faults.push(`R4: version ${version} is of ${row.updates} updates with ${row.examples} examples, not ${examples}`)
    }
    const tasks = counted.filter((task) => task.version === version).map(({ taskId }) => taskId)
    const expected = clients.map(({ ids }) => `${job?.id}/${attempt}/${ids.at(-1)}`).sort()
    if (tasks.join() !== expected.join()) faults.push(`R4: version ${version} counts ${tasks}, not ${expected}`)
  }
  if (counted.length !== rounds * clients.length) faults.push(`R4: ${counted.length} tasks are recorded as counted`)
  return faults
}

/** The open attempt went on: there are no more attempts than rounds. */
function ofAttempts({ attempts }: Stored): string[] {
  const faults: string[] = []
  for (const { row, open } of attempts) {
    if (open || row.endedAt === null) faults.push(`R2: attempt ${row.key} has not ended`)
    else if (row.state !== 'committed') faults.push(`R8: attempt ${row.key} was ${row.state}: ${row.reason}`)
  }
  const train = attempts.filter(({ row }) => row.kind === 'train').map(({ row }) => row.attempt)
  if (train.join() !== Array.from({ length: rounds }, (_, i) => i + 1).join())
    faults.push(`R8: the attempts at training are ${train}`)
  return faults
}

/** It stayed who it was, did nothing twice, and never heard of an older version after a newer one. */
function ofClient({ index, ids, heard, computed, problems }: CrashClient): string[] {
  const faults: string[] = []
  if (new Set(ids).size !== 1) faults.push(`R8: client ${index} had the ids ${ids}`)
  for (const [i, { version, life }] of heard.entries()) {
    const before = heard[i - 1]
    if (before && version < before.version)
      faults.push(`R7: client ${index} heard of ${before.version} in life ${before.life}, of ${version} in ${life}`)
  }
  for (const [taskId, times] of computed) {
    if (times > 1) faults.push(`R8: client ${index} computed ${taskId} ${times} times`)
  }
  for (const problem of problems) faults.push(`client ${index} met a problem: ${problem}`)
  return faults
}
