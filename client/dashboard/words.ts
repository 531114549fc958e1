/** The dashboard's words for states, so that tables, bars and sentences agree. */
import type { BarState, ClientBar, ClientRow, ClientState, JobRow, RoundRow } from '../../shared/protocol/dashboard.ts'
import type { JobState } from '../../shared/protocol/participant.ts'
import { count, duration, percent, plural } from '../ui/format.ts'
import type { DropoutReason } from './faults.ts'
import { isWorking } from './timeline.ts'

export const JOB_STATE: Record<JobState, string> = {
  waiting: 'Waiting for clients',
  running: 'Running',
  pausing: 'Pausing',
  paused: 'Paused',
  finished: 'Finished',
  stopped: 'Stopped',
  failed: 'Failed',
}

/** What the state means and what comes next. The coordinator's own reason goes first where it has one. */
export function jobSentence(job: JobRow, here: number): string {
  switch (job.state) {
    case 'waiting':
      return job.held
        ? `${plural(here, 'client')} here; it takes ${job.minClients} or more. Press “Start now” when all are there.`
        : here < job.minClients
          ? `${here} of ${plural(job.minClients, 'client')} here. The job goes on by itself as soon as enough have joined.`
          : `${plural(here, 'client')} here, enough for a round. The job goes on by itself; nothing is to be done.`
    case 'running':
      return here === 0 ? 'No client is here. The round goes on as soon as one comes back.' : ''
    case 'pausing':
      return 'The open round is finished first; then the job pauses.'
    case 'paused':
      return 'No round is open. Clients stay joined and wait for you to resume.'
    case 'finished':
      return `All ${plural(job.rounds, 'round')} are committed. Take any version with you below, or add rounds.`
    case 'stopped':
      return 'What was committed stays. Add rounds to go on from the latest version.'
    case 'failed':
      return 'What was committed stays. Mend the cause, then add rounds or run again.'
    default:
      return job.state satisfies never
  }
}

export const CLIENT_STATE: Record<ClientState, string> = {
  idle: 'idle',
  download: 'downloading',
  train: 'training',
  upload: 'uploading',
  wait: 'waiting',
  paused: 'paused',
  reconnecting: 'reconnecting',
  gone: 'left',
}

export const BAR_STATE: Record<BarState, string> = {
  download: 'downloading',
  train: 'training',
  upload: 'uploading',
  counted: 'counted',
  declined: 'declined',
  gone: 'left',
  rejected: 'refused',
  'cut-off': 'cut off',
}

export const DROPOUT_REASON: Record<DropoutReason, string> = {
  gone: 'left in mid-round',
  declined: 'declined',
  rejected: 'refused',
  'cut-off': 'cut off when their attempt ended',
}

/** Of an answer that was in when its round was abandoned. */
export const NOT_USED = 'in, not used'

/** "training 61 %", "counted". */
export function barStatus(bar: ClientBar): string {
  return isWorking(bar.state) && bar.fraction > 0
    ? `${BAR_STATE[bar.state]} ${percent(bar.fraction, 0)}`
    : BAR_STATE[bar.state]
}

export function roundTitle(round: RoundRow): string {
  const what = round.kind === 'train' ? `Round ${round.round}` : `Evaluation after round ${round.round}`
  return round.tries > 1 ? `${what}, attempt ${round.tries}` : what
}

export function roundSentence(round: RoundRow, now: number): string {
  const noun = round.kind === 'train' ? 'update' : 'evaluation'
  const updates = plural(round.updates, noun)
  switch (round.state) {
    case 'open':
      return `${round.updates} of ${plural(round.bars.length, noun)} in · ${deadline(round, now)}`
    case 'committing':
      return `${updates} in; the new version is being written.`
    case 'committed':
      if (round.kind === 'evaluate')
        return `version ${round.version} measured by ${plural(round.updates, 'client')} in ${took(round)}`
      return `${round.version === null ? '' : `made version ${round.version} `}from ${updates} in ${took(round)}`
    case 'abandoned':
      return `${lasted(round) === null ? '' : `after ${lasted(round)}. `}${inSentence(round.reason)}`
    default:
      return round.state satisfies never
  }
}

function took(round: RoundRow): string {
  return lasted(round) ?? 'unknown time'
}

/** Null where it is not known: of an attempt that a restart ended, only the start is. */
export function lasted(round: RoundRow): string | null {
  return round.endedAt === null || round.endedAt <= round.startedAt ? null : duration(round.endedAt - round.startedAt)
}

/** A reason as a sentence: the coordinator gives some as a part of one. */
export function inSentence(reason: string): string {
  if (reason === '') return ''
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${/[.!?]$/.test(reason) ? '' : '.'}`
}

function deadline(round: RoundRow, now: number): string {
  const left = Math.ceil((round.deadlineAt - now) / 1000)
  if (left <= 0) return 'deadline passed'
  // Whole seconds: tenths that run down four times a second only distract.
  return `deadline in ${left < 60 ? `${left} s` : duration(left * 1000)}`
}

/** By which it chose what it computes with; empty where there was no choice. */
export function measuredRates(rates: ClientRow['rates']): string {
  if (rates.length < 2) return ''
  const parts = rates.map(({ backend, examplesPerSecond }) => `${backend} ${count(examplesPerSecond)}`)
  return `Measured before it joined, in examples a second: ${parts.join(', ')}.`
}
