/**
 * What the dashboard knows: the coordinator's snapshot kept up to date by changes, and the state of the
 * connection. Only socket.ts writes here; components read. The reducer is pure.
 */
import { computed, signal } from '@preact/signals'
import type {
  ClientRow,
  DashboardChange,
  DashboardSnapshot,
  LogRow,
  RoundRow,
  VersionRow,
} from '../../shared/protocol/dashboard.ts'

/** As many rounds as the coordinator's own snapshot holds. */
const ROUNDS_KEPT = 200
const LOG_KEPT = 500

/** One change; see {@link applyChanges}. */
export function applyChange(snapshot: DashboardSnapshot, change: DashboardChange): DashboardSnapshot {
  return applyChanges(snapshot, [change])
}

/**
 * A batch of changes in one pass over each table that they touch: a batch with a row for each of
 * 1,000 clients costs 1,000 steps, not a million. Untouched tables keep their identity, so that what
 * shows them is not drawn again.
 */
export function applyChanges(snapshot: DashboardSnapshot, changes: readonly DashboardChange[]): DashboardSnapshot {
  let base = snapshot
  let job = snapshot.job
  const clients = new Map<string, ClientRow | null>()
  const rounds = new Map<string, RoundRow>()
  const versions = new Map<number, VersionRow>()
  const log = new Map<number, LogRow>()
  for (const change of changes) {
    switch (change.kind) {
      case 'job':
        job = change.row
        break
      case 'client':
        clients.set(change.row.id, change.row)
        break
      case 'client-removed':
        clients.set(change.id, null)
        break
      case 'round':
        rounds.set(change.row.key, change.row)
        break
      case 'version':
        versions.set(change.row.version, change.row)
        break
      case 'log':
        log.set(change.row.id, change.row)
        break
      case 'reset':
        base = change.snapshot
        job = base.job
        for (const pending of [clients, rounds, versions, log]) pending.clear()
        break
      default:
        // A newer coordinator may send kinds that this page does not know: what it knows stays right.
        change satisfies never
    }
  }
  return {
    ...base,
    job,
    clients: merge(base.clients, clients, (row) => row.id),
    rounds: merge(base.rounds, rounds, (row) => row.key, ROUNDS_KEPT),
    versions: merge(base.versions, versions, (row) => row.version),
    log: merge(base.log, log, (row) => row.id, LOG_KEPT),
  }
}

/** Rows replaced in place, removed where null, new ones at the end; then the last `limit`. */
function merge<T, K>(
  rows: readonly T[],
  incoming: Map<K, T | null>,
  keyOf: (row: T) => K,
  limit = Number.POSITIVE_INFINITY,
): readonly T[] {
  if (incoming.size === 0) return rows
  const merged: T[] = []
  for (const row of rows) {
    const next = incoming.get(keyOf(row))
    if (next === undefined) merged.push(row)
    else if (next !== null) merged.push(next)
    incoming.delete(keyOf(row))
  }
  for (const row of incoming.values()) if (row !== null) merged.push(row)
  return merged.length > limit ? merged.slice(-limit) : merged
}

export type Connection =
  | { readonly status: 'connecting' }
  | { readonly status: 'live' }
  /** It will try again by itself. */
  | { readonly status: 'offline' }
  | { readonly status: 'denied'; readonly message: string }

export const connection = signal<Connection>({ status: 'connecting' })
/** null until the coordinator has sent the first one. */
export const snapshot = signal<DashboardSnapshot | null>(null)

const NONE: readonly never[] = []
export const job = computed(() => snapshot.value?.job ?? null)
/** What versions are compared by. */
export const mainMetric = computed(() => job.value?.metrics[0] ?? 'loss')
export const joinUrl = computed(() => snapshot.value?.joinUrl ?? '')
export const clients = computed(() => snapshot.value?.clients ?? NONE)
export const rounds = computed(() => snapshot.value?.rounds ?? NONE)
export const versions = computed(() => snapshot.value?.versions ?? NONE)
export const log = computed(() => snapshot.value?.log ?? NONE)

/** The key of the round that the round panel shows; null follows the latest. */
export const selectedRound = signal<string | null>(null)
