import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../shared/clock/clock.ts'
import type {
  ClientBar,
  ClientRow,
  DashboardChange,
  JobRow,
  RoundRow,
  VersionRow,
} from '../../shared/protocol/dashboard.ts'
import { Board } from './board.ts'

const FLUSH_MS = 250

const JOB: JobRow = {
  id: 'j-1',
  name: 'Digits',
  description: '',
  state: 'waiting',
  reason: '',
  round: 0,
  rounds: 3,
  minClients: 1,
  metrics: ['accuracy'],
  held: false,
  startedAt: null,
  endedAt: null,
  parameters: 100,
  updateBytes: 400,
  testData: null,
  bytesUp: 0,
  bytesDown: 0,
  dropouts: { gone: 0, declined: 0, rejected: 0, cutOff: 0 },
  dropoutPhases: { download: 0, train: 0, upload: 0 },
  sessionsResumed: 0,
  config: {},
}

function clientRow(id: string): Omit<ClientRow, 'ordinal'> {
  return {
    id,
    state: 'idle',
    backend: 'wasm',
    adapter: '',
    hardware: true,
    backendReason: '',
    rates: [],
    examples: 600,
    examplesPerSecond: null,
    contributed: 0,
    bytesUp: 0,
    bytesDown: 0,
    joinedAt: 0,
    lastSeen: 0,
    note: '',
  }
}

const bar = (clientId: string): ClientBar => ({ clientId, phase: 'wait' }) as unknown as ClientBar

function round(number: number, ...bars: ClientBar[]): RoundRow {
  return {
    key: `${number}.${number}`,
    round: number,
    attempt: number,
    tries: 1,
    kind: 'train',
    state: 'open',
    reason: '',
    startedAt: 0,
    deadlineAt: 0,
    endedAt: null,
    version: null,
    updates: 0,
    bytesUp: 0,
    bytesDown: 0,
    bars,
  }
}

const version = (number: number): VersionRow => ({
  version: number,
  round: number,
  digest: `${number}`,
  createdAt: 0,
  updates: 1,
  examples: 1,
  bytes: 1,
  test: null,
  clients: null,
  kept: true,
})

let clock: ManualClock
let board: Board
let flushes: (readonly DashboardChange[])[]

beforeEach(() => {
  clock = new ManualClock(1000)
  board = new Board(clock, 'http://join', JOB)
  flushes = []
  board.subscribe((changes) => flushes.push(changes))
})

/** What is told next. */
function flush(): readonly DashboardChange[] {
  clock.advance(FLUSH_MS)
  return flushes.at(-1) ?? []
}

describe('what changed', () => {
  it('is told together, each row once and as it is then', () => {
    board.addClient(clientRow('a'))
    board.setClient('a', { state: 'train' })
    board.setClient('a', { contributed: 1 })
    board.setJob({ round: 1 })
    board.setJob({ round: 2 })
    expect(flushes).toEqual([])
    expect(flush()).toEqual([
      { kind: 'client', row: { ...clientRow('a'), ordinal: 1, state: 'train', contributed: 1, lastSeen: 1000 } },
      { kind: 'job', row: { ...JOB, round: 2 } },
    ])
    clock.advance(10 * FLUSH_MS)
    expect(flushes).toHaveLength(1)
  })

  it('is told at most four times a second', () => {
    for (let ms = 0; ms < 1000; ms += 10) {
      board.setJob({ round: ms })
      clock.advance(10)
    }
    expect(flushes).toHaveLength(4)
  })

  it('reaches everybody who subscribed', () => {
    const other: number[] = []
    board.subscribe((changes) => other.push(changes.length))
    board.say('info', 'One.')
    board.say('warn', 'Two.')
    flush()
    expect(other).toEqual([2])
  })

  it('is added up by a listener to what a new snapshot says', () => {
    board.addClient(clientRow('a'))
    board.openRound(round(1, bar('a')))
    board.setBar('1.1', 'a', { bytesUp: 7 } as Partial<ClientBar>)
    board.putVersion(version(1))
    board.setVersion(1, { test: { loss: 1, metrics: { accuracy: 0.5 }, examples: 10 } })
    board.say('info', 'Hello.')
    const changes = flush()
    const rows = (kind: DashboardChange['kind']) =>
      changes.filter((c) => c.kind === kind).map((c) => 'row' in c && c.row)
    const { clients, rounds, versions, log } = board.snapshot()
    expect(rows('client')).toEqual(clients)
    expect(rows('round')).toEqual(rounds)
    expect(rows('version')).toEqual(versions)
    expect(rows('log')).toEqual(log)
  })
})

describe('clients', () => {
  it('keep their ordinal when they come back', () => {
    board.addClient(clientRow('a'))
    board.addClient(clientRow('b'))
    board.clientGone('a', 'left')
    board.addClient({ ...clientRow('a'), examples: 5 })
    expect(board.client('a')).toMatchObject({ ordinal: 1, state: 'idle', note: '', examples: 5 })
    board.addClient(clientRow('c'))
    expect(board.client('c')?.ordinal).toBe(3)
  })

  it('were last seen when something was told of them', () => {
    board.addClient(clientRow('a'))
    clock.advance(5000)
    board.setClient('a', {})
    expect(board.client('a')?.lastSeen).toBe(6000)
    board.setClient('nobody', { state: 'train' })
    expect(board.client('nobody')).toBeUndefined()
  })

  it('that are gone stay for a while: the latest 50 of them', () => {
    for (let i = 0; i < 53; i++) {
      board.addClient(clientRow(`c${i}`))
      board.clientGone(`c${i}`, 'left')
    }
    board.addClient(clientRow('here'))
    const ids = board.snapshot().clients.map((c) => c.id)
    expect(ids).toHaveLength(51)
    expect(ids).not.toContain('c2')
    expect(ids).toContain('c3')
    expect(board.client('c52')).toMatchObject({ state: 'gone', note: 'left' })
    expect(flush()).toContainEqual({ kind: 'client-removed', id: 'c0' })
    expect(flush()).not.toContainEqual({ kind: 'client-removed', id: 'c3' })
  })

  it('that came back are not taken away for having been gone before', () => {
    board.addClient(clientRow('back'))
    board.clientGone('back', 'left')
    board.addClient(clientRow('back'))
    for (let i = 0; i < 60; i++) {
      board.addClient(clientRow(`c${i}`))
      board.clientGone(`c${i}`, 'left')
    }
    expect(board.client('back')?.state).toBe('idle')
  })
})

describe('rounds', () => {
  it('are the latest 200', () => {
    for (let i = 1; i <= 205; i++) board.openRound(round(i))
    const { rounds } = board.snapshot()
    expect(rounds).toHaveLength(200)
    expect(rounds[0]?.round).toBe(6)
    board.setRound('1.1', { updates: 3 })
    expect(board.round('1.1')).toBeUndefined()
  })

  it('are told as copies: a row that was given out does not change', () => {
    board.openRound(round(1, bar('a')))
    const before = board.round('1.1')
    board.setBar('1.1', 'a', { phase: 'train' } as unknown as Partial<ClientBar>)
    board.setBar('1.1', 'b', { phase: 'train' } as unknown as Partial<ClientBar>)
    expect(before?.bars).toEqual([bar('a')])
    expect(board.bar('1.1', 'a')).toMatchObject({ phase: 'train' })
    expect(board.bar('1.1', 'b')).toBeUndefined()
  })

  it('count the bytes of their traffic, and the job all of them', () => {
    board.openRound(round(1))
    board.addTraffic('1.1', 10, 100)
    board.addTraffic('1.1', 1, 2)
    board.addTraffic(null, 5, 5)
    board.addTraffic('9.9', 1, 1)
    expect(board.round('1.1')).toMatchObject({ bytesUp: 11, bytesDown: 102 })
    expect(board.jobRow()).toMatchObject({ bytesUp: 17, bytesDown: 108 })
  })
})

describe('versions and the log', () => {
  it('change a version that there is, and no other', () => {
    board.putVersion(version(1))
    const test = { loss: 0.5, metrics: { accuracy: 0.9 }, examples: 10 }
    expect(board.setVersion(1, { test })).toEqual({ ...version(1), test })
    expect(board.setVersion(2, { test })).toBeUndefined()
    expect(board.allVersions()).toEqual([{ ...version(1), test }])
  })

  it('keep the latest 500 lines, numbered on', () => {
    for (let i = 1; i <= 503; i++) board.say('info', `${i}`)
    const { log } = board.snapshot()
    expect(log).toHaveLength(500)
    expect(log[0]).toEqual({ id: 4, at: 1000, level: 'info', message: '4' })
    expect(log.at(-1)?.id).toBe(503)
  })
})

describe('another job', () => {
  it('brings its own past, keeps the clients that are there, and is told as one new snapshot', () => {
    board.addClient({ ...clientRow('a'), contributed: 4, note: 'a problem' })
    board.addClient(clientRow('b'))
    board.clientGone('b', 'left')
    board.openRound(round(7))
    board.putVersion(version(9))
    board.reset({ ...JOB, id: 'j-2' }, [round(1, bar('a'))], [version(0)])
    const changes = flush()
    const snapshot = board.snapshot()
    expect(changes).toEqual([{ kind: 'reset', snapshot: { ...snapshot, now: expect.any(Number) } }])
    expect(snapshot).toMatchObject({ job: { id: 'j-2' }, joinUrl: 'http://join' })
    expect(snapshot.clients.map((c) => [c.id, c.contributed, c.note])).toEqual([['a', 0, '']])
    expect(snapshot.rounds).toEqual([round(1, bar('a'))])
    expect(snapshot.versions).toEqual([version(0)])
  })
})
