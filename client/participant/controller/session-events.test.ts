import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { taskNamed } from '../../../shared/protocol/testing.ts'
import type { SessionEvent } from '../../sdk/events.ts'
import { jobInfo } from '../../sdk/testing.ts'
import { PartKeeper } from './part.ts'
import { sessionEvents } from './session-events.ts'
import { createState, type State } from './state.ts'
import { TabMemory } from './tab-memory.ts'

const DIGEST = 'd'.repeat(64)

let values: Map<string, string>
let memory: TabMemory
let state: State
let report: (event: SessionEvent) => void
let refused: number
let reloads: number

/** A page is loaded, in a tab that may remember an earlier one. */
function load(): void {
  memory = new TabMemory(
    () =>
      ({
        getItem: (key: string) => values.get(key) ?? null,
        setItem: (key: string, value: string) => void values.set(key, value),
        removeItem: (key: string) => void values.delete(key),
      }) as Partial<Storage> as Storage,
  )
  state = createState(memory)
  report = sessionEvents({
    state,
    memory,
    part: new PartKeeper(state, memory),
    refused: () => {
      refused++
      state.membership.value = 'refused'
    },
    reload: () => reloads++,
  })
}

function join(paused = false): void {
  memory.joined = { source: 'synthetic-digits', backend: 'wasm', paused }
  state.membership.value = 'joining'
}

const welcome = (clientId: string) =>
  report({ type: 'welcome', clientId, resumeToken: `${clientId}.signature`, resumed: false, ineligible: '' })
const job = (id = 'digits-1') => report({ type: 'job', job: { ...jobInfo(DIGEST), id } })
const tooOld = () => report({ type: 'problem', error: { code: 'protocol/too-old', message: 'Too old.' }, fatal: true })

function accepted(taskId: string): void {
  const task = taskNamed(taskId)
  report({ type: 'task', task, phase: 'upload', fraction: 0 })
  report({ type: 'task', task, phase: 'wait', fraction: 1 })
  report({ type: 'task-ended', task, receipt: { status: 'accepted' }, bytesUp: 100, bytesDown: 50 })
}

beforeEach(() => {
  vi.useFakeTimers()
  values = new Map()
  refused = 0
  reloads = 0
  load()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a reloaded tab', () => {
  it('is who it was, with what it had contributed', () => {
    join()
    welcome('c-1')
    job()
    accepted('t1')
    load()
    expect(state.notice.value).toEqual({ kind: 'rejoining' })
    expect(memory.token).toBe('c-1.signature')
    expect(state.backendChoice.value).toBe('wasm')
    expect(state.contribution.value).toEqual({ rounds: 1, bytesUp: 100, bytesDown: 50 })
    join()
    welcome('c-1')
    job()
    expect(state.notice.value).toEqual({ kind: 'back' })
    expect(state.contribution.value.rounds).toBe(1)
    accepted('t2')
    expect(state.notice.value).toBeNull()
  })

  it('that was told another id begins anew', () => {
    join()
    welcome('c-1')
    job()
    accepted('t1')
    load()
    join()
    welcome('c-2')
    expect(memory.token).toBe('c-2.signature')
    expect(state.notice.value).toEqual({ kind: 'new' })
    expect(state.contribution.value.rounds).toBe(0)
  })

  it('that was paused is paused again', () => {
    join(true)
    welcome('c-1')
    expect(state.membership.value).toBe('paused')
  })

  it('with own files asks for them', () => {
    memory.joined = { source: 'files', backend: 'auto', paused: false }
    load()
    expect(state.notice.value).toEqual({ kind: 'files-again' })
  })
})

describe('one’s part', () => {
  it('R4: counts a task once, and not one whose round was given up', () => {
    join()
    welcome('c-1')
    job()
    accepted('t1')
    accepted('t1')
    expect(state.contribution.value.rounds).toBe(1)
    report({ type: 'settled', taskId: 't1', outcome: 'committed' })
    expect(state.work.value).toEqual({ kind: 'idle' })
    accepted('t2')
    report({ type: 'settled', taskId: 't2', outcome: 'abandoned' })
    expect(state.contribution.value.rounds).toBe(1)
  })

  it('is of one job: another one begins at nothing', () => {
    join()
    welcome('c-1')
    job()
    accepted('t1')
    job('digits-2')
    expect(state.contribution.value).toEqual({ rounds: 0, bytesUp: 0, bytesDown: 0 })
  })
})

describe('a page that is too old', () => {
  it('says so, and loads the new one once, a moment later', async () => {
    join()
    tooOld()
    expect(state.notice.value).toEqual({ kind: 'renewing' })
    expect(state.problem.value).toBeNull()
    expect(refused).toBe(1)
    expect(reloads).toBe(0)
    await vi.advanceTimersByTimeAsync(5000)
    expect(reloads).toBe(1)
    load()
    expect(state.notice.value).toEqual({ kind: 'rejoining' })
    join()
    tooOld()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reloads).toBe(1)
    expect(state.notice.value).toEqual({ kind: 'still-old' })
  })

  it('may do so again once a coordinator has taken it', async () => {
    join()
    tooOld()
    load()
    join()
    welcome('c-1')
    tooOld()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(reloads).toBe(2)
  })
})

describe('the page', () => {
  it('knows since when the connection is away', () => {
    report({ type: 'connection', state: 'reconnecting' })
    const since = state.lostAt.value
    vi.advanceTimersByTime(5000)
    report({ type: 'connection', state: 'reconnecting' })
    expect(state.lostAt.value).toBe(since)
    report({ type: 'connection', state: 'connected' })
    expect(state.lostAt.value).toBeNull()
  })

  it('says until when it was turned away, and no longer', () => {
    join()
    report({ type: 'turned-away', error: { code: 'access/too-many', message: 'Wait.' }, retryMs: 5000 })
    expect(state.notice.value).toEqual({ kind: 'turned-away', message: 'Wait.', until: Date.now() + 5000 })
    welcome('c-1')
    expect(state.notice.value).toBeNull()
  })

  it('does not join again by itself after the coordinator has ended the session', () => {
    join()
    welcome('c-1')
    report({ type: 'problem', error: { code: 'access/misbehaved', message: 'Enough.' }, fatal: true })
    expect(memory.joined).toBeNull()
    load()
    expect(state.notice.value).toBeNull()
  })
})
