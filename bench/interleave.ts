/** Competitors for one task, timed in turns, so that all of them meet the same moods of the machine. */
import { random } from '../shared/random/random.ts'

export interface Timed {
  /** Bytes of input per second of processor time, in GB/s: the median. */
  readonly rate: number
  /** The median of (own rate / the first competitor's rate in the same turn). */
  readonly ratio: number
}

export interface Turns {
  readonly turns: number
  readonly warmUp: number
}

/**
 * Runs each competitor once a turn, each turn over the next part of the input. `work(turn)` returns the bytes that it
 * has read. The first `warmUp` turns are not timed: code is compiled meanwhile, and compiled better.
 */
export async function interleave<Name extends string>(
  competitors: Readonly<Record<Name, (turn: number) => number | Promise<number>>>,
  { turns, warmUp }: Turns,
): Promise<Record<Name, Timed>> {
  const names = Object.keys(competitors) as Name[]
  const rates = names.map((): number[] => [])
  for (let turn = 0; turn < warmUp + turns; turn++) {
    // In another order each time: what one has written is still on its way to memory when the next begins.
    for (const k of random(turn, 'turns').permutation(names.length)) {
      const name = names[k] as Name
      const since = processorTime()
      const bytes = await competitors[name](turn)
      if (turn >= warmUp) rates[k]?.push(bytes / (processorTime() - since) / 1e3)
    }
  }
  const [first] = rates
  const timed = names.map((name, k) => {
    const own = rates[k] ?? []
    return [name, { rate: median(own), ratio: median(own.map((rate, i) => rate / (first?.[i] ?? Number.NaN))) }]
  })
  return Object.fromEntries(timed) as Record<Name, Timed>
}

/** Microseconds that this process has spent on processors: what others do meanwhile is not counted. */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
