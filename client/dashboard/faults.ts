/** What did not go as planned, counted from the rows that the page has. Pure. */
import type { BarState, ClientBar, ClientRow, JobRow, RoundRow } from '../../shared/protocol/dashboard.ts'
import type { Phase } from './timeline.ts'

export type DropoutReason = Extract<BarState, 'gone' | 'declined' | 'rejected' | 'cut-off'>

export const PHASES = ['download', 'train', 'upload'] as const satisfies readonly Phase[]
export const REASONS = ['gone', 'declined', 'rejected', 'cut-off'] as const satisfies readonly DropoutReason[]

type ByReason = { readonly [R in DropoutReason]: number }

export interface Dropouts {
  readonly total: number
  readonly byReason: ByReason
  readonly byPhase: { readonly [P in Phase]: PhaseDropouts }
}

export interface PhaseDropouts {
  readonly total: number
  readonly byReason: ByReason
  /** Of rounds whose bars are not kept any more: their phase is known, their reason is not. */
  readonly unknown: number
}

export function abandonedRounds(rounds: readonly RoundRow[]): RoundRow[] {
  return rounds.filter((round) => round.state === 'abandoned')
}

/**
 * The coordinator counts from its start on; the bars reach back over a restart, but only as far as rounds and bars
 * are kept. One holds all of the other's, so that the larger number is the truer one.
 */
export function dropouts(job: JobRow, rounds: readonly RoundRow[]): Dropouts {
  const cells = { download: noReasons(), train: noReasons(), upload: noReasons() }
  for (const { bars } of rounds) {
    for (const bar of bars) if (isDropout(bar.state)) cells[phaseOf(bar)][bar.state]++
  }
  const phase = (name: Phase): PhaseDropouts => {
    const known = sum(cells[name])
    const total = Math.max(known, job.dropoutPhases[name])
    return { total, byReason: cells[name], unknown: total - known }
  }
  const counted: ByReason = { ...job.dropouts, 'cut-off': job.dropouts.cutOff }
  const byReason = noReasons()
  for (const reason of REASONS) {
    const seen = PHASES.reduce((n, name) => n + cells[name][reason], 0)
    byReason[reason] = Math.max(seen, counted[reason])
  }
  const byPhase = { download: phase('download'), train: phase('train'), upload: phase('upload') }
  return { total: sum(byReason), byReason, byPhase }
}

/** What a client was doing when its bar ended. */
export function phaseOf(bar: ClientBar): Phase {
  if (bar.trainedAt !== null) return 'upload'
  return bar.downloadedAt === null ? 'download' : 'train'
}

/**
 * When a round went on after the coordinator's restart; null where it never had to. Its deadline begins anew then, so
 * that it lies further from the round's start than the job's settings say.
 */
export function resumedAt(round: RoundRow, config: unknown): number | null {
  const seconds = deadlineSeconds(config)
  if (seconds === null) return null
  const at = round.deadlineAt - seconds * 1000
  return at > round.startedAt ? at : null
}

function deadlineSeconds(config: unknown): number | null {
  if (typeof config !== 'object' || config === null || !('deadlineSeconds' in config)) return null
  return typeof config.deadlineSeconds === 'number' ? config.deadlineSeconds : null
}

/** Who is here but does not work: connections that are lost for the moment, and tabs that paused. */
export function away(clients: readonly ClientRow[]): { readonly reconnecting: number; readonly paused: number } {
  const counted = { reconnecting: 0, paused: 0 }
  for (const { state } of clients) if (state === 'reconnecting' || state === 'paused') counted[state]++
  return counted
}

/** Clients that are here and about which something is to be said. */
export function withNotes(clients: readonly ClientRow[]): ClientRow[] {
  return clients.filter((client) => client.note !== '' && client.state !== 'gone')
}

function isDropout(state: BarState): state is DropoutReason {
  return (REASONS as readonly BarState[]).includes(state)
}

function noReasons(): { [R in DropoutReason]: number } {
  return { gone: 0, declined: 0, rejected: 0, 'cut-off': 0 }
}

function sum(byReason: ByReason): number {
  return REASONS.reduce((n, reason) => n + byReason[reason], 0)
}
