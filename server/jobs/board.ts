/**
 * All that the dashboard shows, as rows by key, with what changed since the last flush. It is told; it never asks.
 * Also the source of /metrics.
 */
import type { Clock } from '../../shared/clock/clock.ts'
import type {
  ClientBar,
  ClientRow,
  ClientState,
  DashboardChange,
  DashboardSnapshot,
  JobRow,
  LogRow,
  RoundRow,
  VersionRow,
} from '../../shared/protocol/dashboard.ts'
import type { Capabilities } from '../../shared/protocol/participant.ts'
import { computingOf } from './computing.ts'

const FLUSH_MS = 250
/** Rounds and attempts that the dashboard can look back on. */
export const ROUNDS_KEPT = 200
/** Clients' bars in all of these rounds together: the oldest rounds lose theirs first, so that a crowd costs no more memory than a few. */
const BARS_KEPT = 10_000
const LOG_KEPT = 500
/** Rows of clients that are gone: the latest ones stay, so that one can see who left. */
const GONE_KEPT = 50

type MutableBar = { -readonly [K in keyof ClientBar]: ClientBar[K] }
type RoundEntry = { row: Omit<RoundRow, 'bars'>; bars: Map<string, MutableBar> }

export class Board {
  private readonly clock: Clock
  private readonly joinUrl: string
  private job: JobRow
  private clients = new Map<string, ClientRow>()
  private rounds = new Map<string, RoundEntry>()
  private versions = new Map<number, VersionRow>()
  private log: LogRow[] = []
  private gone: string[] = []
  private nextLog = 1
  private nextOrdinal = 1
  /** Of clients that took part before a restart: they keep their number and colour. */
  private readonly ordinals = new Map<string, number>()
  private readonly dirty = new Map<string, () => DashboardChange | null>()
  private flushing = false
  private readonly listeners: ((changes: readonly DashboardChange[]) => void)[] = []

  constructor(clock: Clock, joinUrl: string, job: JobRow) {
    this.clock = clock
    this.joinUrl = joinUrl
    this.job = job
  }

  subscribe(listener: (changes: readonly DashboardChange[]) => void): void {
    this.listeners.push(listener)
  }

  snapshot(): DashboardSnapshot {
    return {
      job: this.job,
      joinUrl: this.joinUrl,
      now: this.clock.now(),
      clients: [...this.clients.values()],
      rounds: [...this.rounds.values()].map(roundRow),
      versions: [...this.versions.values()],
      log: this.log,
    }
  }

  jobRow(): JobRow {
    return this.job
  }

  /** Another job: its past, if it has one, and the clients that are still there. */
  reset(job: JobRow, rounds: readonly RoundRow[], versions: readonly VersionRow[]): void {
    this.job = job
    this.rounds = new Map(rounds.map((row) => [row.key, roundEntry(row)]))
    this.versions = new Map(versions.map((row) => [row.version, row]))
    for (const bar of rounds.flatMap((row) => row.bars)) {
      this.ordinals.set(bar.clientId, bar.ordinal)
      this.nextOrdinal = Math.max(this.nextOrdinal, bar.ordinal + 1)
    }
    this.trimBars()
    for (const id of this.gone) this.clients.delete(id)
    this.gone = []
    for (const [id, row] of this.clients) this.clients.set(id, { ...row, contributed: 0, note: '' })
    this.dirty.clear()
    this.mark('reset', () => ({ kind: 'reset', snapshot: this.snapshot() }))
  }

  setJob(change: Partial<JobRow>): void {
    this.job = { ...this.job, ...change }
    this.mark('job', () => ({ kind: 'job', row: this.job }))
  }

  addTraffic(key: string | null, up: number, down: number): void {
    this.setJob({ bytesUp: this.job.bytesUp + up, bytesDown: this.job.bytesDown + down })
    const entry = key === null ? undefined : this.rounds.get(key)
    if (entry) this.setRound(entry.row.key, { bytesUp: entry.row.bytesUp + up, bytesDown: entry.row.bytesDown + down })
  }

  client(id: string): ClientRow | undefined {
    return this.clients.get(id)
  }

  addClient(row: Omit<ClientRow, 'ordinal'>): void {
    const ordinal = this.clients.get(row.id)?.ordinal ?? this.ordinals.get(row.id) ?? this.nextOrdinal++
    this.clients.set(row.id, { ...row, ordinal })
    this.gone = this.gone.filter((id) => id !== row.id)
    this.markClient(row.id)
  }

  setClient(id: string, change: Partial<ClientRow>): void {
    const row = this.clients.get(id)
    if (!row) return
    this.clients.set(id, { ...row, lastSeen: this.clock.now(), ...change })
    this.markClient(id)
  }

  /** It computes with something else than before. */
  setCapabilities(id: string, capabilities: Capabilities): void {
    this.setClient(id, computingOf(capabilities))
  }

  /** What a client does in a round; that it is paused or away says more, and stays. */
  setActivity(id: string, state: ClientState, change: Partial<Omit<ClientRow, 'state'>> = {}): void {
    const present = this.clients.get(id)?.state
    const kept = present === 'paused' || present === 'reconnecting' || present === 'gone'
    this.setClient(id, kept ? change : { ...change, state })
  }

  clientGone(id: string, note: string): void {
    this.setClient(id, { state: 'gone', note })
    this.gone.push(id)
    const oldest = this.gone.length > GONE_KEPT ? this.gone.shift() : undefined
    if (oldest === undefined) return
    this.clients.delete(oldest)
    this.mark(`client ${oldest}`, () => ({ kind: 'client-removed', id: oldest }))
  }

  openRound(row: RoundRow): void {
    this.rounds.set(row.key, roundEntry(row))
    const oldest = this.rounds.size > ROUNDS_KEPT ? this.rounds.keys().next().value : undefined
    if (oldest !== undefined) this.rounds.delete(oldest)
    this.trimBars()
    this.markRound(row.key)
  }

  private trimBars(): void {
    const entries = [...this.rounds.values()]
    let bars = entries.reduce((n, entry) => n + entry.bars.size, 0)
    for (const entry of entries.slice(0, -1)) {
      if (bars <= BARS_KEPT) return
      bars -= entry.bars.size
      entry.bars.clear()
    }
  }

  round(key: string): RoundRow | undefined {
    const entry = this.rounds.get(key)
    return entry && roundRow(entry)
  }

  setRound(key: string, change: Partial<Omit<RoundRow, 'bars'>>): void {
    const entry = this.rounds.get(key)
    if (!entry) return
    entry.row = { ...entry.row, ...change }
    this.markRound(key)
  }

  countUpdate(key: string): void {
    const entry = this.rounds.get(key)
    if (entry) this.setRound(key, { updates: entry.row.updates + 1 })
  }

  bar(key: string, clientId: string): ClientBar | undefined {
    return this.rounds.get(key)?.bars.get(clientId)
  }

  setBar(key: string, clientId: string, change: Partial<ClientBar>): void {
    const bar = this.rounds.get(key)?.bars.get(clientId)
    if (!bar) return
    Object.assign(bar, change)
    this.markRound(key)
  }

  putVersion(row: VersionRow): void {
    this.versions.set(row.version, row)
    this.mark(`version ${row.version}`, () => ({ kind: 'version', row: this.versions.get(row.version) ?? row }))
  }

  setVersion(version: number, change: Partial<VersionRow>): VersionRow | undefined {
    const row = this.versions.get(version)
    if (!row) return undefined
    const next = { ...row, ...change }
    this.putVersion(next)
    return next
  }

  allVersions(): VersionRow[] {
    return [...this.versions.values()]
  }

  say(level: LogRow['level'], message: string): void {
    const row: LogRow = { id: this.nextLog++, at: this.clock.now(), level, message }
    this.log = [...this.log.slice(-LOG_KEPT + 1), row]
    this.mark(`log ${row.id}`, () => ({ kind: 'log', row }))
  }

  private markClient(id: string): void {
    this.mark(`client ${id}`, () => {
      const row = this.clients.get(id)
      return row ? { kind: 'client', row } : null
    })
  }

  private markRound(key: string): void {
    this.mark(`round ${key}`, () => {
      const entry = this.rounds.get(key)
      return entry ? { kind: 'round', row: roundRow(entry) } : null
    })
  }

  /** Rows are read when they are flushed, so that ten changes of one row travel once. */
  private mark(key: string, read: () => DashboardChange | null): void {
    this.dirty.set(key, read)
    if (this.flushing) return
    this.flushing = true
    this.clock.after(FLUSH_MS, () => {
      this.flushing = false
      const changes = [...this.dirty.values()].map((r) => r()).filter((change) => change !== null)
      this.dirty.clear()
      for (const listener of this.listeners) listener(changes)
    })
  }
}

function roundEntry({ bars, ...row }: RoundRow): RoundEntry {
  return { row, bars: new Map(bars.map((bar) => [bar.clientId, { ...bar }])) }
}

function roundRow({ row, bars }: RoundEntry): RoundRow {
  return { ...row, bars: [...bars.values()].map((bar) => ({ ...bar })) }
}
