/** Who is measured, in what order, and who wins: the part of the choice of a backend that knows no browser. */
import type { BackendName } from '../../shared/protocol/participant.ts'

export interface Entrant {
  readonly name: BackendName
  readonly hardware: boolean
}

export interface Measuring<E> {
  /** Its rate as it was measured on an earlier visit; null where it was not. */
  known(entrant: E): Promise<number | null>
  /** Measures it now; null where it cannot do the work. */
  measure(entrant: E): Promise<number | null>
}

export interface Outcome<E> {
  readonly winner: E
  readonly rate: number
  /** Of those that were slower, measured now or known. */
  readonly slower: ReadonlyMap<E, number>
}

/** Those that are worth a measurement compete; the others come in only where none of these can do the work, one by one. */
export function tiersOf<E extends Entrant>(entrants: readonly E[]): E[][] {
  const named = (name: BackendName) => entrants.filter((entrant) => entrant.name === name)
  const [webgpu, webgl] = [named('webgpu'), named('webgl')]
  const played = (entrant: E) => !entrant.hardware
  const [gpu, ...others] = [...webgpu, ...webgl].filter((entrant) => entrant.hardware)
  // What only plays a GPU takes the processor that WebAssembly has for itself, and a step there may take minutes.
  const late = [...others, ...webgl.filter(played), ...webgpu.filter(played), ...named('cpu')]
  return [[...(gpu ? [gpu] : []), ...named('wasm')], ...late.map((entrant) => [entrant])]
}

/** The fastest of the first tier in which one can do the work; null where none can. */
export async function compete<E>(
  tiers: readonly (readonly E[])[],
  { known, measure }: Measuring<E>,
): Promise<Outcome<E> | null> {
  for (const tier of tiers) {
    const rates = await Promise.all(tier.map(known))
    // Where all are known, only the one that was fastest is measured again, and the next ones if it has become slower.
    const open = rates.includes(null)
    const left = tier.map((entrant, i) => ({ entrant, hoped: open ? Number.POSITIVE_INFINITY : (rates[i] as number) }))
    left.sort((a, b) => b.hoped - a.hoped)
    const measured = new Map<E, number>()
    let best: { winner: E; rate: number } | null = null
    for (const { entrant, hoped } of left) {
      if (best && hoped <= best.rate) {
        measured.set(entrant, hoped)
        continue
      }
      const rate = await measure(entrant)
      if (rate === null) continue
      measured.set(entrant, rate)
      if (!best || rate > best.rate) best = { winner: entrant, rate }
    }
    if (!best) continue
    measured.delete(best.winner)
    return { ...best, slower: measured }
  }
  return null
}
