/** The geometry of a round's timeline. Pure: instants in, instants and fractions out. */
import type { BarState, ClientBar, RoundRow } from '../../shared/protocol/dashboard.ts'

export type Phase = 'download' | 'train' | 'upload'
export interface Segment {
  readonly phase: Phase
  readonly from: number
  readonly to: number
}

const WORKING: ReadonlySet<BarState> = new Set<BarState>(['download', 'train', 'upload'])

export function isWorking(state: BarState): boolean {
  return WORKING.has(state)
}

/** When the bar ended, or `now` while it works. One that ended without an instant ends where it was last known. */
export function barEnd(bar: ClientBar, now: number): number {
  if (bar.answeredAt !== null) return bar.answeredAt
  return isWorking(bar.state) ? Math.max(now, bar.sentAt) : (bar.trainedAt ?? bar.downloadedAt ?? bar.sentAt)
}

/** The phases of a bar, each from the end of the one before; the last runs on to the bar's end. */
export function segmentsOf(bar: ClientBar, now: number): Segment[] {
  const end = barEnd(bar, now)
  const segments: Segment[] = []
  let from = bar.sentAt
  const ends: [Phase, number | null][] = [
    ['download', bar.downloadedAt],
    ['train', bar.trainedAt],
    ['upload', null],
  ]
  for (const [phase, at] of ends) {
    const to = Math.min(at ?? end, end)
    if (to > from) segments.push({ phase, from, to })
    if (at === null) break
    from = to
  }
  return segments
}

/**
 * Milliseconds that the axis spans. An ended round fills it; an open one has at least the room that
 * the last round took, and then grows smoothly, since the deadline is often far away.
 */
export function axisSpan(round: RoundRow, before: RoundRow | undefined, now: number): number {
  const least = 1000
  if (round.endedAt !== null) return Math.max(least, round.endedAt - round.startedAt)
  const last = before?.endedAt ? before.endedAt - before.startedAt : 0
  return Math.max(least, last, (now - round.startedAt) * 1.08)
}

/** Instants to label, from 0, in steps of 1, 2 or 5 × 10ⁿ seconds (15, 30 s and minutes above). At most `most`. */
export function axisTicks(span: number, most: number): number[] {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400]
  const step = 1000 * (steps.find((s) => span / (s * 1000) <= most) ?? span / most / 1000)
  const ticks: number[] = []
  for (let at = 0; at <= span; at += step) ticks.push(at)
  return ticks
}

/** How wide the river is above and below each bar, 0 to 1: the share of the round's examples that has flowed in. */
export function riverWidths(bars: readonly ClientBar[]): { readonly above: number; readonly below: number }[] {
  const total = bars.reduce((sum, bar) => sum + bar.examples, 0)
  let flowed = 0
  return bars.map((bar) => {
    const above = total === 0 ? 0 : flowed / total
    if (bar.state === 'counted') flowed += bar.examples
    return { above, below: total === 0 ? 0 : flowed / total }
  })
}
