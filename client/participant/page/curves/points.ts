/** The numbers behind the two curves: rounds as rows, axes, and where the window lies. Pure. */
import type { JobInfo } from '../../../../shared/protocol/participant.ts'
import type { LocalPoint } from '../../view.ts'

/** The widest piece of the job that is shown at once, in rounds. */
export const MAX_SPAN = 30

/** What is known of one round. `mine` is the last value that this tab measured in it. */
export interface Row {
  readonly round: number
  readonly mine: LocalPoint | null
  readonly everyone: JobInfo['history'][number] | null
}

/** Rows by round, from 0 (before any training). A point at 6.4 was measured in round 7. */
export function rowsOf(history: JobInfo['history'], curve: readonly LocalPoint[]): Row[] {
  const rows = new Map<number, Row>()
  for (const entry of history) rows.set(entry.version, { round: entry.version, mine: null, everyone: entry })
  for (const point of curve) {
    const round = Math.ceil(point.at)
    rows.set(round, { round, mine: point, everyone: rows.get(round)?.everyone ?? null })
  }
  return [...rows.values()].sort((a, b) => a.round - b.round)
}

/** The first round shown: the window stands still until the curve reaches its end, then slides along. */
export function windowStart(rounds: number, latest: number): { left: number; span: number } {
  const span = Math.min(Math.max(rounds, 1), MAX_SPAN)
  return { left: Math.max(0, latest - span), span }
}

/** 1, 2 or 5 times a power of ten, so that about `wanted` of them make `span`. */
export function niceStep(span: number, wanted: number): number {
  const rough = span / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const times = [1, 2, 5, 10].find((n) => n * power >= rough - 1e-12) ?? 10
  return times * power
}

/** From 0 in steps up to the first that covers `max`. */
export function ticksTo(max: number, wanted: number): number[] {
  const step = niceStep(max, wanted)
  const last = Math.ceil(max / step - 1e-9)
  // Through toPrecision, for 3 × 0.1 is not 0.3.
  return Array.from({ length: last + 1 }, (_, i) => Number((i * step).toPrecision(12)))
}

export interface XY {
  readonly x: number
  readonly y: number
}

/**
 * Means over buckets of `width`. Their borders are multiples of it, not relative to the window, so a
 * point that is drawn stays where it is while others come.
 */
export function thin(points: readonly XY[], width: number): XY[] {
  const means: XY[] = []
  let key = Number.NaN
  let n = 0
  let sum = { x: 0, y: 0 }
  const flush = () => {
    if (n > 0) means.push({ x: sum.x / n, y: sum.y / n })
  }
  for (const { x, y } of points) {
    const bucket = Math.floor(x / width)
    if (bucket !== key) {
      flush()
      key = bucket
      n = 0
      sum = { x: 0, y: 0 }
    }
    n++
    sum = { x: sum.x + x, y: sum.y + y }
  }
  flush()
  return means
}
