import { deriveSeed } from '../random/random.ts'
import type { RoundsConfig, RoundsState } from './state.ts'

export interface Plan {
  readonly selected: number
  readonly target: number
}

/** How many of `available` clients to select, and how many answers are enough (R1). */
export function planSelection(config: RoundsConfig, available: number): Plan {
  const { clientsPerRound, overSelection, minClients } = config
  if (clientsPerRound !== null) {
    const selected = Math.min(available, ceil(clientsPerRound * overSelection))
    return { selected, target: Math.min(clientsPerRound, selected) }
  }
  return {
    selected: available,
    target: Math.min(available, Math.max(minClients, ceil(available / overSelection))),
  }
}

/** Rounds up, but for the last bits of a product: 100 × 1.1 is 110, though float64 has a little more. */
function ceil(x: number): number {
  return Math.ceil(x * (1 - 1e-12))
}

/**
 * The clients of an attempt: those with priority first; then, where the job wants it fair, whoever contributed longest
 * ago; then by a hash of (seed, round, attempt, client), so that the choice is a function of who is there, not of the
 * order in which they came.
 */
export function sample(state: RoundsState, round: number, attempt: number, count: number): string[] {
  const ids = [...state.selectable]
  if (count >= ids.length) return ids.sort()
  const { seed, sampler } = state.config
  const rank = new Map(ids.map((id) => [id, deriveSeed(seed, 'select', round, attempt, id)]))
  const first = (id: string) => (state.priority.has(id) ? 0 : 1)
  const recent = (id: string) => (sampler === 'least-recent' ? (state.contributed.get(id) ?? 0) : 0)
  ids.sort(
    (a, b) =>
      first(a) - first(b) || recent(a) - recent(b) || (rank.get(a) ?? 0) - (rank.get(b) ?? 0) || (a < b ? -1 : 1),
  )
  return ids.slice(0, count)
}
