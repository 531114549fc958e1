/** What the dashboard says in a figure or a sentence, computed from the rows. Pure. */
import { gain } from '../../shared/jobs/metrics.ts'
import type { ClientRow, JobRow, RoundRow, Score, VersionRow } from '../../shared/protocol/dashboard.ts'

/** Who speaks for a version: the coordinator's test data where there are any, else the clients. */
export function scoreOf(version: VersionRow): Score | null {
  return version.test ?? version.clients
}

export interface Headline {
  /** Its name, or 'loss'. */
  readonly metric: string
  readonly value: number
  /** The version scored before it; null for the first. */
  readonly before: { readonly version: number; readonly value: number } | null
  readonly by: 'test' | 'clients'
  readonly examples: number
  readonly version: number
}

/** A score's number of this name, or its loss; null where it has none. */
export function numberOf(score: Score | null, metric: string): number | null {
  return (metric === 'loss' ? score?.loss : score?.metrics[metric]) ?? null
}

/** The latest score there is; by the job's first metric where any version has it, else by the loss. Null before the first. */
export function headline(versions: readonly VersionRow[], first: string): Headline | null {
  for (const metric of [first, 'loss']) {
    const scored = versions.flatMap((version) => {
      const score = scoreOf(version)
      const value = numberOf(score, metric)
      return score === null || value === null ? [] : [{ version, score, value }]
    })
    const last = scored.at(-1)
    if (last === undefined) continue
    const before = scored.at(-2)
    return {
      metric,
      value: last.value,
      before: before === undefined ? null : { version: before.version.version, value: before.value },
      by: last.version.test === null ? 'clients' : 'test',
      examples: last.score.examples,
      version: last.version.version,
    }
  }
  return null
}

/** The best version's number, by the job's first metric, or by the loss where none has that. The earlier of equals. */
export function bestVersion(versions: readonly VersionRow[], first: string): number | null {
  let best: { version: number; value: number } | null = null
  const measured = versions.some((v) => numberOf(scoreOf(v), first) !== null)
  for (const version of versions) {
    const score = numberOf(scoreOf(version), measured ? first : 'loss')
    if (score === null) continue
    const value = measured ? gain(first, score, 0) : -score
    if (best === null || value > best.value) best = { version: version.version, value }
  }
  return best?.version ?? null
}

/** Who is here: everyone but those who left. */
export function present(clients: readonly ClientRow[]): number {
  return clients.reduce((n, client) => n + (client.state === 'gone' ? 0 : 1), 0)
}

/** Milliseconds until the last planned round, by the mean of the last five committed; null where unknown. */
export function timeLeft(job: JobRow, rounds: readonly RoundRow[]): number | null {
  const left = job.rounds - job.round
  if (job.state !== 'running' || left <= 0) return null
  const recent = rounds.filter((r) => r.state === 'committed' && r.kind === 'train' && r.endedAt !== null).slice(-5)
  const first = recent[0]
  const last = recent.at(-1)
  if (first === undefined || last === undefined || last.endedAt === null) return null
  // From first start to last end, so that pauses between rounds (commit, evaluation) count too.
  return ((last.endedAt - first.startedAt) / recent.length) * left
}

/** Thirds of fewer clients would be single machines. */
const COMPARABLE = 6

/**
 * Rounds contributed per client by the fastest and the slowest third: whether fast machines have
 * more say in the model. Null where there are too few clients to compare.
 */
export function contributionBySpeed(clients: readonly ClientRow[]): { fast: number; slow: number } | null {
  const timed = clients
    .flatMap((c) => (c.examplesPerSecond === null ? [] : [{ speed: c.examplesPerSecond, rounds: c.contributed }]))
    .sort((a, b) => b.speed - a.speed)
  if (timed.length < COMPARABLE) return null
  const third = Math.floor(timed.length / 3)
  const mean = (part: typeof timed) => part.reduce((sum, c) => sum + c.rounds, 0) / part.length
  return { fast: mean(timed.slice(0, third)), slow: mean(timed.slice(-third)) }
}
