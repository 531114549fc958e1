/** What a coordinator's store would hold of a job's rounds: a naive one, in which each write is one function. */
import type { JobProgress, OpenPast } from '../machine.ts'
import type { Outcome, RoundsState } from '../state.ts'

export interface Durable {
  readonly rounds: number
  readonly control: RoundsState['control']
  readonly ended: Outcome | null
  readonly committed: number
  readonly lastAttempt: number
  readonly open: OpenPast | null
  /** Clients of the last attempt, which has ended. */
  readonly last: readonly string[]
  readonly priority: ReadonlySet<string>
  readonly contributed: ReadonlyMap<string, number>
}

export interface Write {
  readonly what: 'open' | 'abandoned' | 'evaluated' | 'committed' | 'job'
  readonly change: (before: Durable) => Partial<Durable>
}

export function fresh(rounds: number): Durable {
  return {
    rounds,
    control: 'run',
    ended: null,
    committed: 0,
    lastAttempt: 0,
    open: null,
    last: [],
    priority: new Set(),
    contributed: new Map(),
  }
}

/** The record of an attempt that is about to be told to its clients. */
export function opened(open: OpenPast): Write {
  const ids = open.tasks.map((t) => t.clientId)
  return {
    what: 'open',
    change: ({ priority }) => ({
      open,
      lastAttempt: open.attempt,
      priority: new Set([...priority].filter((id) => !ids.includes(id))),
    }),
  }
}

export function closed(what: 'abandoned' | 'evaluated', attempt: number, clients: readonly string[]): Write {
  return {
    what,
    // An attempt that could not be recorded may still be recorded as abandoned.
    change: ({ lastAttempt, open }) => ({
      open: open?.attempt === attempt ? null : open,
      lastAttempt: Math.max(lastAttempt, attempt),
      last: clients,
    }),
  }
}

export function committed(
  round: number,
  { clients, answered, cutOff }: { readonly [K in 'clients' | 'answered' | 'cutOff']: readonly string[] },
): Write {
  return {
    what: 'committed',
    change: (before) => ({
      committed: round,
      open: null,
      last: clients,
      priority: new Set([...before.priority, ...cutOff]),
      contributed: new Map([...before.contributed, ...answered.map((id) => [id, round] as const)]),
    }),
  }
}

export function job(rounds: number, control: Durable['control'], ended: Outcome | null): Write {
  return { what: 'job', change: () => ({ rounds, control, ended }) }
}

/** What a restart would make of it. */
export function progress({ ended, open, last, priority, contributed, ...rest }: Durable): JobProgress {
  return {
    ...rest,
    ended: ended && { outcome: ended, reason: '' },
    past: {
      open,
      awaited: open ? [] : last,
      priority: [...priority],
      contributed: [...contributed].sort((a, b) => a[1] - b[1]),
    },
  }
}
