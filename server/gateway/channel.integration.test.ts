/**
 * Where the two sides meet: the channel's contract over Socket.IO on a real socket, and the sdk's session with the real
 * gateway, over a wire in memory that can be cut at will.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { io } from 'socket.io-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { noCache } from '../../client/sdk/blob-cache.ts'
import type { SessionEvent } from '../../client/sdk/events.ts'
import { Session } from '../../client/sdk/session.ts'
import { CAPABILITIES, DATASET, type ServedModel, servedModel } from '../../client/sdk/testing.ts'
import type { Wire } from '../../client/sdk/wire.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import type { Task } from '../../shared/protocol/participant.ts'
import { taskNamed } from '../../shared/protocol/testing.ts'
import { CHUNK_BYTES } from '../../shared/protocol/version.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { numbered, sameBits } from '../../shared/tensors/testing.ts'
import { newVectors } from '../../shared/updates/vectors.ts'
import { type ChannelCase, clientChannelContract } from './channel.contract.ts'
import type { ClientChannel } from './channel.ts'
import { type MemoryPeer, memoryChannel } from './memory-channel.ts'
import { openSockets } from './socket-io.ts'
import { GRACE_MS, type TestGateway, testGateway } from './testing.ts'

async function socketPair(): Promise<ChannelCase> {
  const http = createServer()
  let attached: (channel: ClientChannel) => void = () => {}
  const attaching = new Promise<ClientChannel>((resolve) => {
    attached = resolve
  })
  const server = openSockets(http, {
    secrets: { adminToken: 'admin', signingKey: 'key' },
    attach: (channel) => attached(channel),
    dashboard: { snapshot: () => expect.fail('nobody asked for the dashboard'), subscribe: () => {} },
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false, forceNew: true })
  const peer: MemoryPeer = {
    send: (event, payload) => void (socket.connected && socket.emit(event, payload)),
    request: (event, payload) => socket.emitWithAck(event, payload),
    onEvent: (handler) =>
      void socket.onAny((event: string, payload: unknown, reply?: (answer: unknown) => void) =>
        handler(event, payload, reply ?? null),
      ),
    onClosed: (handler) => void socket.once('disconnect', handler),
    close: () => void socket.disconnect(),
  }
  // The server is connected a moment before the client knows.
  const connected = new Promise<void>((resolve) => socket.once('connect', resolve))
  const channel = await attaching
  await connected
  return {
    channel,
    peer,
    clean: async () => {
      socket.disconnect()
      await server.close()
    },
  }
}

clientChannelContract('Socket.IO', socketPair)

/** A wire to the gateway that is cut and mended by the test. */
class CuttableWire implements Wire {
  up = false
  /** Answers to these events are lost: the connection is cut before they arrive. */
  loseAnswerTo: string | null = null
  private readonly gateway: TestGateway['gateway']
  private peer: MemoryPeer | null = null
  private rejectAll: (error: Error) => void = () => {}
  private broken: Promise<never> = new Promise(() => {})
  private readonly handlers = new Map<string, (payload: unknown) => void>()
  private onUpHandler = () => {}
  private onDownHandler = () => {}

  constructor(gateway: TestGateway['gateway']) {
    this.gateway = gateway
  }

  connect(): void {
    const { channel, peer } = memoryChannel()
    this.gateway.attach(channel)
    this.broken = new Promise((_, reject) => {
      this.rejectAll = reject
    })
    this.broken.catch(() => {})
    peer.onClosed(() => {
      if (this.peer !== peer) return
      this.peer = null
      this.up = false
      this.rejectAll(new TributaryError('network/unreachable', 'The connection was lost.'))
      this.onDownHandler()
    })
    peer.onEvent((event, payload) => this.handlers.get(event)?.(payload))
    this.peer = peer
    this.up = true
    this.onUpHandler()
  }

  cut(): void {
    this.peer?.close()
  }

  renew(): void {
    this.cut()
    this.connect()
  }

  async request(event: string, payload: unknown): Promise<unknown> {
    if (!this.peer) throw new TributaryError('network/unreachable', 'There is no connection.')
    const answering = this.peer.request(event, payload)
    if (event === this.loseAnswerTo) {
      this.loseAnswerTo = null
      await answering
      this.cut()
      return this.broken
    }
    return Promise.race([answering, this.broken])
  }

  hint(event: string, payload: unknown): void {
    this.peer?.send(event, payload)
  }

  on(event: string, handler: (payload: unknown) => void): void {
    this.handlers.set(event, handler)
  }

  onUp(handler: () => void): void {
    this.onUpHandler = handler
  }

  onDown(handler: () => void): void {
    this.onDownHandler = handler
  }

  close(): void {
    this.cut()
  }
}

describe('the sdk’s session with the gateway', () => {
  const elements = (2.5 * CHUNK_BYTES) / 4
  const params = numbered(elements, 3)
  let model: ServedModel
  let at: TestGateway
  let wire: CuttableWire
  let session: Session
  let events: SessionEvent[]
  let clientId: string
  let perform: (task: Task, signal: AbortSignal) => Promise<FlatParams>

  beforeEach(async () => {
    model = servedModel()
    vi.stubGlobal('fetch', model.fetch)
    at = testGateway(10_000_000)
    at.listener.verdict = () => ({ kind: 'take', vectors: newVectors(elements) })
    wire = new CuttableWire(at.gateway)
    events = []
    perform = async () => params
    session = new Session({
      url: 'http://coordinator',
      wire,
      cache: noCache,
      capabilities: CAPABILITIES,
      dataset: DATASET,
      performer: {
        perform: async (task, _model, signal) => ({
          paramsType: 'diff',
          params: await perform(task, signal),
          numExamples: 600,
          metrics: { loss: 0.5 },
        }),
      },
      onEvent: (event) => events.push(event),
    })
    wire.connect()
    await vi.waitFor(() => expect(events.some((e) => e.type === 'welcome')).toBe(true))
    clientId = at.gateway.clients()[0]?.id ?? ''
  })
  afterEach(async () => {
    await session.leave()
    vi.unstubAllGlobals()
  })

  const send = (taskId: string) => at.gateway.sendTask(clientId, taskNamed(taskId, { model: model.digest }))
  const ended = (taskId: string) =>
    vi.waitFor(() => {
      const event = events.find((e) => e.type === 'task-ended' && e.task.taskId === taskId)
      if (event?.type !== 'task-ended') throw new Error(`${taskId} has not ended`)
      return event.receipt
    })
  const told = (start: string) =>
    vi.waitFor(() => expect(at.listener.lines.some((l) => l.startsWith(start))).toBe(true))

  it('trains and uploads: what arrives is what was trained, to the bit', async () => {
    send('t1')
    expect(await ended('t1')).toEqual({ status: 'accepted' })
    expect(at.listener.lines.slice(0, 2)).toEqual([`joined ${clientId} 600`, `accepted ${clientId} t1`])
    const [arrived] = at.listener.arrived
    expect(arrived).toMatchObject({ clientId, begin: { taskId: 't1', numExamples: 600, metrics: { loss: 0.5 } } })
    expect(sameBits(arrived?.params ?? FlatParams.zeros(0), params)).toBe(true)
    expect(at.listener.lines.filter((l) => l.startsWith('fault'))).toEqual([])
  })

  it('R9: cut in the middle of the upload, it goes on where the gateway was, under the same id', async () => {
    wire.loseAnswerTo = EVENTS.updateChunk
    send('t1')
    await told('lost')
    wire.connect()
    expect(await ended('t1')).toEqual({ status: 'accepted' })
    expect(at.listener.arrived).toHaveLength(1)
    expect(sameBits(at.listener.arrived[0]?.params ?? FlatParams.zeros(0), params)).toBe(true)
    expect(at.listener.lines.filter((l) => /^(joined|lost|resumed|gone)/.test(l))).toEqual([
      `joined ${clientId} 600`,
      `lost ${clientId}`,
      `resumed ${clientId}`,
    ])
  })

  it('R4: cut before the receipt came, it offers the update again and takes “duplicate” for an answer', async () => {
    wire.loseAnswerTo = EVENTS.updateCommit
    send('t1')
    await told('lost')
    expect(at.listener.arrived).toHaveLength(1)
    at.listener.verdict = () => ({ kind: 'receipt', receipt: { status: 'duplicate' } })
    wire.connect()
    expect(await ended('t1')).toEqual({ status: 'duplicate' })
    expect(at.listener.arrived).toHaveLength(1)
  })

  it('away past the grace time, it is a new client under its old id', async () => {
    wire.cut()
    at.clock.advance(GRACE_MS)
    wire.connect()
    await vi.waitFor(() => expect(at.gateway.clients()).toHaveLength(1))
    expect(at.listener.lines.filter((l) => /^(joined|lost|resumed|gone)/.test(l))).toEqual([
      `joined ${clientId} 600`,
      `lost ${clientId}`,
      `gone ${clientId}`,
      `joined ${clientId} 600`,
    ])
  })

  it('declines when the performer throws', async () => {
    perform = async () => {
      throw new TributaryError('training/diverged', 'The loss is NaN.')
    }
    send('t1')
    await told(`declined ${clientId} t1 training/diverged`)
    expect(await ended('t1')).toBeNull()
  })

  it('ends its work when the task is cancelled', async () => {
    let signal: AbortSignal | undefined
    perform = (_task, given) => {
      signal = given
      return new Promise((_, reject) => given.addEventListener('abort', () => reject(given.reason)))
    }
    send('t1')
    await vi.waitFor(() => expect(signal).toBeDefined())
    at.gateway.cancelTask(clientId, { taskId: 't1', reason: 'enough' })
    expect(await ended('t1')).toBeNull()
    expect(signal?.aborted).toBe(true)
    expect(at.listener.lines.filter((l) => l.startsWith('declined'))).toEqual([])
  })

  it('leaves once and for all', async () => {
    await session.leave()
    at.clock.advance(10 * GRACE_MS)
    expect(at.listener.lines).toEqual([`joined ${clientId} 600`, `gone ${clientId}`])
  })
})
