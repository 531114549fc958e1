import { describe, expect, it } from 'vitest'
import { JOB_STATES } from '../../../shared/protocol/participant.ts'
import type { Work } from '../view.ts'
import { type Circumstances, standingOf, wayOf } from './standing.ts'

const job = { state: 'running', reason: '', held: false, clients: 4, minClients: 2 } as const
const idle: Work = { kind: 'idle' }
const training: Work = {
  kind: 'task',
  task: 'train',
  round: 7,
  phase: 'train',
  fraction: 0.61,
  examplesPerSecond: 8412,
  secondsLeft: 4,
}

const standing = (change: Partial<Circumstances>) =>
  standingOf({
    job,
    membership: 'member',
    connection: 'connected',
    lostAt: null,
    notice: null,
    ineligible: '',
    work: idle,
    spared: null,
    ...change,
  })

describe('standingOf', () => {
  it('says what the tab does', () => {
    expect(standing({ work: training }).title).toBe('Training on your examples, 61 %')
    expect(standing({ work: { ...training, task: 'evaluate' } }).title).toMatch(/^Checking/)
    expect(standing({ work: { ...training, phase: 'turn' } }).title).toMatch(/turn to send/)
    expect(standing({ work: { ...training, phase: 'wait' } }).title).toMatch(/Waiting for the others/)
    expect(standing({}).title).toBe('Waiting for the next round')
  })
  it('says for how many it waits, and who decides', () => {
    const { title, detail } = standing({ job: { ...job, state: 'waiting', clients: 1, minClients: 4 } })
    expect(title).toBe('Waiting for others')
    expect(detail).toContain('3 more participants')
  })
  it('names a lost connection before all else, and one’s own pause before the coordinator’s', () => {
    expect(standing({ membership: 'paused', connection: 'reconnecting', work: training }).title).toBe('Connection lost')
    expect(standing({ job: { ...job, state: 'paused' }, membership: 'paused' }).title).toBe('Paused by you')
  })
  it('says that the battery is spared, and how much is left of it', () => {
    const { title, detail, halted } = standing({ spared: { percent: 18, limit: 20 } })
    expect(title).toBe('Paused to spare the battery')
    expect(detail).toMatch(/18 % left.*limit is 20 %/)
    expect(halted).toBe(true)
    expect(standing({ spared: { percent: 18, limit: 20 }, membership: 'paused' }).title).toBe('Paused by you')
  })
  it('says since when the connection is away, and that training goes on', () => {
    const lostAt = new Date(2026, 0, 1, 14, 2, 5).getTime()
    const { detail } = standing({ connection: 'reconnecting', lostAt, work: training })
    expect(detail).toContain('02:05')
    expect(detail).toContain('Training goes on')
    expect(standing({ connection: 'reconnecting', lostAt }).detail).not.toContain('Training goes on')
  })
  it('says why a tab is not chosen, and that a coordinator asked it to wait', () => {
    const ineligible = 'This job takes tabs with 100 examples or more'
    expect(standing({ ineligible }).title).toBe('Not chosen for this job')
    expect(standing({ ineligible }).detail).toMatch(/^This job takes tabs with 100 examples or more\. This tab/)
    const until = new Date(2026, 0, 1, 14, 2, 5).getTime()
    const away = standing({ connection: 'reconnecting', notice: { kind: 'turned-away', message: 'Too many', until } })
    expect(away.title).toBe('Asked to wait')
    expect(away.detail).toMatch(/^Too many\. .*02:05/)
  })
  it('repeats the coordinator’s reason as a sentence', () => {
    const paused = { ...job, state: 'paused', reason: 'Lunch until two' } as const
    expect(standing({ job: paused }).detail).toMatch(/^Lunch until two\. Keep/)
  })
  it('has a face for every state', () => {
    for (const state of JOB_STATES) expect(standing({ job: { ...job, state } }).title).not.toBe('')
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
