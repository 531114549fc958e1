/** How things stand for somebody who has joined, as one title and at most one sentence more. */
import type { JobInfo } from '../../../shared/protocol/participant.ts'
import { percent, plural } from '../../ui/format.ts'
import type { Connection, Membership, Work } from '../view.ts'

export interface Standing {
  readonly title: string
  readonly detail: string
  /** Whether a person has to do something, or nothing goes on until somebody does. */
  readonly halted: boolean
}

type Facts = Pick<JobInfo, 'state' | 'reason' | 'held' | 'clients' | 'minClients'>

export function standingOf(job: Facts, membership: Membership, connection: Connection, work: Work): Standing {
  if (connection !== 'connected') {
    return {
      title: 'Connection lost',
      detail: 'Reconnecting by itself. Your work is kept, and counts if the round still waits for it then.',
      halted: true,
    }
  }
  if (membership === 'paused') {
    return { title: 'Paused by you', detail: 'This tab computes nothing until you resume.', halted: true }
  }
  switch (job.state) {
    case 'waiting':
      return waiting(job)
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
      return working(work)
    default:
      return job.state satisfies never
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
  const [from, to] = { download: [0, 0.1], train: [0.1, 0.9], upload: [0.9, 1], wait: [1, 1] }[work.phase] as [
    number,
    number,
  ]
  return from + (to - from) * Math.min(1, Math.max(0, work.fraction))
}

function sentence(text: string): string {
  if (text === '') return ''
  return /[.!?]$/.test(text) ? `${text} ` : `${text}. `
}
