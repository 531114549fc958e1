/** How things stand for somebody who has joined, as one title and at most one sentence more. */
import type { JobInfo } from '../../../shared/protocol/participant.ts'
import { clock, percent, plural } from '../../ui/format.ts'
import type { Connection, Membership, Notice, Work } from '../view.ts'

export interface Standing {
  readonly title: string
  readonly detail: string
  /** Whether a person has to do something, or nothing goes on until somebody does. */
  readonly halted: boolean
}

type Facts = Pick<JobInfo, 'state' | 'reason' | 'held' | 'clients' | 'minClients'>

/** What it depends on, of all that the page shows. */
export interface Circumstances {
  readonly job: Facts
  readonly membership: Membership
  readonly connection: Connection
  readonly lostAt: number | null
  readonly notice: Notice | null
  readonly ineligible: string
  readonly work: Work
  /** What is left of the battery, in percent, and below how much nothing is computed; null where it is not spared. */
  readonly spared: { readonly percent: number; readonly limit: number } | null
}

export function standingOf(now: Circumstances): Standing {
  const { job, membership, connection, notice, ineligible, work } = now
  if (notice?.kind === 'turned-away') {
    return {
      title: 'Asked to wait',
      detail: `${sentence(notice.message)}This tab says hello again by itself at ${clock(notice.until)}.`,
      halted: true,
    }
  }
  if (connection !== 'connected') return away(now.lostAt, work)
  if (membership === 'paused') {
    return { title: 'Paused by you', detail: 'This tab computes nothing until you resume.', halted: true }
  }
  if (ineligible !== '' && (job.state === 'waiting' || job.state === 'running')) {
    return {
      title: 'Not chosen for this job',
      detail: `${sentence(ineligible)}This tab computes nothing for it; you may leave.`,
      halted: true,
    }
  }
  switch (job.state) {
    case 'waiting':
      return now.spared ? sparing(now.spared) : waiting(job)
    case 'pausing':
    case 'paused':
      return {
        title: 'Paused by the coordinator',
        detail: `${sentence(job.reason)}Keep this tab open; it goes on by itself.`,
        halted: true,
      }
    case 'finished':
    case 'stopped':
    case 'failed':
      return { title: 'The job is over', detail: job.reason, halted: true }
    case 'running':
      return now.spared ? sparing(now.spared) : working(work)
    default:
      return job.state satisfies never
  }
}

function sparing({ percent, limit }: NonNullable<Circumstances['spared']>): Standing {
  return {
    title: 'Paused to spare the battery',
    detail: `It has ${percent} % left, and your limit is ${limit} %. Training goes on by itself when it charges.`,
    halted: true,
  }
}

function away(lostAt: number | null, work: Work): Standing {
  const since = lostAt === null ? '' : `Since ${clock(lostAt)}. `
  const computing = work.kind === 'task' && work.phase === 'train'
  const meanwhile = computing ? 'Training goes on meanwhile. What it makes' : 'Your work is kept, and'
  return {
    title: 'Connection lost',
    detail: `${since}Trying again by itself, every few seconds. ${meanwhile} counts if the round still waits for it then.`,
    halted: true,
  }
}

function waiting(job: Facts): Standing {
  const missing = job.minClients - job.clients
  if (job.held || missing <= 0)
    return {
      title: job.held ? 'Waiting for the start' : 'About to start',
      detail: sentence(job.reason).trim(),
      halted: false,
    }
  return {
    title: 'Waiting for others',
    detail: `Training starts by itself with ${plural(missing, 'more participant')}. Whoever set up the job chose how many it takes.`,
    halted: false,
  }
}

function working(work: Work): Standing {
  if (work.kind === 'idle') {
    return { title: 'Waiting for the next round', detail: 'You may hide this tab, but keep it open.', halted: false }
  }
  if (work.phase === 'turn') {
    return {
      title: 'Waiting for a turn to send',
      detail: 'The coordinator takes only so much at a time. Nothing is lost, and it goes on by itself.',
      halted: false,
    }
  }
  const checking = work.task === 'evaluate'
  const words = {
    download: `Fetching the model, ${percent(work.fraction, 0)}`,
    train: `${checking ? 'Checking the model on your examples' : 'Training on your examples'}, ${percent(work.fraction, 0)}`,
    upload: `${checking ? 'Sending the result' : 'Sending your weight difference'}, ${percent(work.fraction, 0)}`,
    wait: 'Sent. Waiting for the others',
  }
  return { title: words[work.phase], detail: 'You may hide this tab, but keep it open.', halted: false }
}

/** How much of a task's whole way is gone: the long phase in the middle gets the most of the bar. */
export function wayOf(work: Work): number {
  if (work.kind === 'idle') return 0
  const [from, to] = { download: [0, 0.1], train: [0.1, 0.9], upload: [0.9, 1], turn: [0.9, 1], wait: [1, 1] }[
    work.phase
  ] as [number, number]
  return from + (to - from) * Math.min(1, Math.max(0, work.fraction))
}

function sentence(text: string): string {
  if (text === '') return ''
  return /[.!?]$/.test(text) ? `${text} ` : `${text}. `
}
