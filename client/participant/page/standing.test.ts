import { describe, expect, it } from 'vitest'
import { JOB_STATES } from '../../../shared/protocol/participant.ts'
import type { Work } from '../view.ts'
import { standingOf, wayOf } from './standing.ts'

const job = { state: 'running', reason: '', held: false, clients: 4, minClients: 2 } as const
const idle: Work = { kind: 'idle' }
const training: Work = {
  kind: 'task',
  task: 'train',
  round: 7,
  phase: 'train',
  fraction: 0.61,
  examplesPerSecond: 8412,
}

describe('standingOf', () => {
  it('says what the tab does', () => {
    expect(standingOf(job, 'member', 'connected', training).title).toBe('Training on your examples, 61 %')
    expect(standingOf(job, 'member', 'connected', { ...training, task: 'evaluate' }).title).toMatch(/^Checking/)
    expect(standingOf(job, 'member', 'connected', { ...training, phase: 'wait' }).title).toMatch(
      /Waiting for the others/,
    )
    expect(standingOf(job, 'member', 'connected', idle).title).toBe('Waiting for the next round')
  })
  it('says for how many it waits, and who decides', () => {
    const { title, detail } = standingOf(
      { ...job, state: 'waiting', clients: 1, minClients: 4 },
      'member',
      'connected',
      idle,
    )
    expect(title).toBe('Waiting for others')
    expect(detail).toContain('3 more participants')
  })
  it('names a lost connection before all else, and one’s own pause before the coordinator’s', () => {
    expect(standingOf(job, 'paused', 'reconnecting', training).title).toBe('Connection lost')
    expect(standingOf({ ...job, state: 'paused' }, 'paused', 'connected', idle).title).toBe('Paused by you')
  })
  it('repeats the coordinator’s reason as a sentence', () => {
    const paused = { ...job, state: 'paused', reason: 'Lunch until two' } as const
    expect(standingOf(paused, 'member', 'connected', idle).detail).toMatch(/^Lunch until two\. Keep/)
  })
  it('has a face for every state', () => {
    for (const state of JOB_STATES)
      expect(standingOf({ ...job, state }, 'member', 'connected', idle).title).not.toBe('')
  })
})

describe('wayOf', () => {
  it('only grows from phase to phase', () => {
    const ways = (['download', 'train', 'upload', 'wait'] as const).flatMap((phase) =>
      [0, 0.5, 1].map((fraction) => wayOf({ ...training, phase, fraction })),
    )
    expect(ways).toEqual([...ways].sort((a, b) => a - b))
    expect(ways.at(-1)).toBe(1)
  })
})
