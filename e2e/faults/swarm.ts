/**
 * Simulated clients for tests: the product's own session over a real socket, hundreds of them in one process. Only the
 * training is left out: the difference is a cheap pure function, so that every version can be computed again bit for bit
 * (see replay.ts), and it takes as long as the test says.
 */
import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { noCache } from '../../client/sdk/blob-cache.ts'
import type { SessionEvent, TaskPerformer } from '../../client/sdk/events.ts'
import { Session } from '../../client/sdk/session.ts'
import { socketWire } from '../../client/sdk/socket-wire.ts'
import type { Wire } from '../../client/sdk/wire.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import type { Receipt, Task } from '../../shared/protocol/participant.ts'
import { pause } from './pause.ts'
import { difference, examplesOf } from './work.ts'

export type Phase = Extract<SessionEvent, { type: 'task' }>['phase']

export interface SwarmOptions {
  /** The origin that clients use: the coordinator's, or a proxy's. */
  readonly url: string
  /** Milliseconds that a task's training takes; none without it. */
  readonly workMs?: (index: number, task: Task) => number
}

let lastTag = 0
/** The TCP connection under each client's WebSocket, by the tag in its address. */
const sockets = new Map<string, Socket>()
subscribe('http.client.request.start', (message) => {
  const { request } = message as { request: ClientRequest }
  const tag = /[?&]tag=(\d+)/.exec(request.path)?.[1]
  if (tag && request.socket) sockets.set(tag, request.socket)
})

export class SimulatedClient {
  /** Tells its differences and its number of examples from other clients'. */
  readonly index: number
  connection: 'connecting' | 'connected' | 'reconnecting' = 'connecting'
  /** The id of each accepted hello. */
  readonly welcomes: string[] = []
  /** Every receipt, by task id, in the order in which they came. */
  readonly receipts = new Map<string, Receipt[]>()
  /** Times that it lost its connection. */
  lost = 0
  readonly problems: string[] = []
  private readonly tag = `${++lastTag}`
  private readonly wire: Wire
  private readonly session: Session
  private readonly watchers = new Set<(event: SessionEvent) => void>()

  constructor(index: number, { url, workMs }: SwarmOptions) {
    this.index = index
    // Socket.IO hides its socket; the tag in the address finds it again. The coordinator does not look at it.
    this.wire = socketWire(`${url}/?tag=${this.tag}`)
    this.session = new Session({
      url,
      wire: this.wire,
      cache: noCache,
      capabilities: { backend: 'wasm', adapter: 'simulated', hardware: true },
      dataset: { source: 'other', train: examplesOf(index), validation: 0 },
      performer: performerOf(index, workMs),
      onEvent: (event) => this.onEvent(event),
    })
  }

  get id(): string | undefined {
    return this.welcomes.at(-1)
  }

  /** Resolves with the next event that passes. */
  next(what: string, passes: (event: SessionEvent) => boolean, ms = 60_000): Promise<SessionEvent> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer)
        this.watchers.delete(watcher)
      }
      const timer = setTimeout(() => {
        done()
        reject(
          new Error(`client ${this.index} waited ${ms} ms for ${what}; its problems: ${this.problems.join(' | ')}`),
        )
      }, ms)
      const watcher = (event: SessionEvent) => {
        if (!passes(event)) return
        done()
        resolve(event)
      }
      this.watchers.add(watcher)
    })
  }

  /** Resolves when a task of a round from `round` on is in `phase`, past `fraction` of it. */
  async reaches(phase: Phase, { round = 1, fraction = 0, ms = 60_000 } = {}): Promise<void> {
    await this.next(
      `${phase} of round ${round}`,
      (e) => e.type === 'task' && e.phase === phase && e.task.round >= round && e.fraction >= fraction,
      ms,
    )
  }

  /** Whether its session answers now: a question over its connection, and the answer within `ms`. */
  async alive(ms: number): Promise<boolean> {
    if (this.connection !== 'connected') return false
    const asking = this.wire.request(EVENTS.availability, { available: true, leave: false }).then(
      (answer) => (answer as { ok?: unknown }).ok === true,
      () => false,
    )
    return Promise.race([asking, pause(ms).then(() => false)])
  }

  /** Says goodbye and goes. */
  async leave(): Promise<void> {
    await this.session.leave()
    sockets.delete(this.tag)
  }

  /** Goes as a tab that is killed: an RST, no word before it, nothing after it. */
  async vanish(): Promise<void> {
    const socket = sockets.get(this.tag)
    if (!socket && this.connection === 'connected') throw new Error(`the socket of client ${this.index} is not known`)
    socket?.resetAndDestroy()
    // Waits until it has noticed, so that its goodbye finds no connection any more.
    if (this.connection === 'connected') await this.next('its loss', () => this.connection !== 'connected', 5000)
    await this.leave()
  }

  private onEvent(event: SessionEvent): void {
    if (event.type === 'connection') {
      if (event.state === 'reconnecting' && this.connection === 'connected') this.lost++
      this.connection = event.state
    } else if (event.type === 'welcome') this.welcomes.push(event.clientId)
    else if (event.type === 'problem') this.problems.push(`${event.error.code}: ${event.error.message}`)
    else if (event.type === 'task-ended' && event.receipt) {
      const { taskId } = event.task
      this.receipts.set(taskId, [...(this.receipts.get(taskId) ?? []), event.receipt])
    }
    for (const watcher of [...this.watchers]) watcher(event)
  }
}

/** Clients 0 to count − 1, each with its first hello accepted. */
export async function enterSwarm(count: number, options: SwarmOptions, ms = 60_000): Promise<SimulatedClient[]> {
  const clients = Array.from({ length: count }, (_, index) => new SimulatedClient(index, options))
  await Promise.all(clients.map((client) => client.next('welcome', (event) => event.type === 'welcome', ms)))
  return clients
}

/**
 * Milliseconds until each client's session answers again, in the clients' order; Infinity where it did not within `ms`.
 */
export async function returnTimes(clients: readonly SimulatedClient[], ms: number): Promise<number[]> {
  const since = performance.now()
  return Promise.all(
    clients.map(async (client) => {
      for (;;) {
        if (await client.alive(1000)) return performance.now() - since
        if (performance.now() - since > ms) return Number.POSITIVE_INFINITY
        await pause(50)
      }
    }),
  )
}

function performerOf(index: number, workMs: SwarmOptions['workMs']): TaskPerformer {
  return {
    async perform(task, { params }, signal, onProgress) {
      onProgress({ fraction: 0, loss: 1, metric: 0, secondsLeft: 1, examplesPerSecond: 0 })
      await pause(workMs?.(index, task) ?? 0, signal)
      return {
        paramsType: 'diff',
        params: difference(params, index, task.round),
        numExamples: examplesOf(index),
        metrics: { loss: 1 },
      }
    },
  }
}
