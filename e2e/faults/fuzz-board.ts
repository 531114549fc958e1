/** Follows the dashboard through an attack and keeps every round that it tells of: the board itself forgets old ones. */
import { io } from 'socket.io-client'
import { applyChanges } from '../../client/dashboard/store.ts'
import type { DashboardChange, DashboardSnapshot, RoundRow } from '../../shared/protocol/dashboard.ts'
import { EVENTS, NAMESPACES } from '../../shared/protocol/events.ts'
import { pause } from './pause.ts'

export class FuzzBoard {
  /** By attempt, as it was last told. */
  readonly rows = new Map<string, RoundRow>()
  /** Times that the dashboard's own connection was lost. */
  lost = 0
  private board: DashboardSnapshot | null = null
  private readonly socket

  constructor(url: string, token: string) {
    const extraHeaders = { Authorization: `Bearer ${token}` }
    this.socket = io(`${url}${NAMESPACES.dashboard}`, { extraHeaders, forceNew: true, transports: ['websocket'] })
    this.socket.on('disconnect', () => this.lost++)
    this.socket.on(EVENTS.snapshot, (snapshot: DashboardSnapshot) => {
      this.board = snapshot
      for (const row of snapshot.rounds) this.rows.set(row.key, row)
    })
    this.socket.on(EVENTS.changes, (changes: DashboardChange[]) => {
      this.board = this.board && applyChanges(this.board, changes)
      for (const change of changes) if (change.kind === 'round') this.rows.set(change.row.key, change.row)
    })
  }

  get now(): DashboardSnapshot {
    if (!this.board) throw new Error('the board has told nothing yet')
    return this.board
  }

  /** Rounds that were committed, in their order. */
  get committed(): RoundRow[] {
    return [...this.rows.values()].filter((row) => row.state === 'committed')
  }

  async until(what: string, passes: (board: DashboardSnapshot) => boolean, ms = 60_000): Promise<DashboardSnapshot> {
    for (const since = performance.now(); performance.now() - since < ms; await pause(50)) {
      if (this.board && passes(this.board)) return this.board
    }
    throw new Error(`waited ${ms} ms for ${what}; the last round is ${JSON.stringify(this.board?.rounds.at(-1))}`)
  }

  close(): void {
    this.socket.disconnect()
  }
}
