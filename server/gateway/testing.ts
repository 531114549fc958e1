/** For tests of the gateway: a listener that remembers, and clients that speak the protocol by hand. */
import { createHash } from 'node:crypto'
import { ManualClock } from '../../shared/clock/clock.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import type { Hello, JobInfo, Receipt, UpdateBegin } from '../../shared/protocol/participant.ts'
import { DIGEST, JOB } from '../../shared/protocol/testing.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { flatBytes, joinBytes } from '../../shared/tensors/bytes.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { numbered } from '../../shared/tensors/testing.ts'
import type { UpdateSource } from '../../shared/updates/source.ts'
import { newVectors } from '../../shared/updates/vectors.ts'
import { silentLog } from '../logging/log.ts'
import { MemorySpool } from '../storage/spool-memory.ts'
import { Gateway } from './gateway.ts'
import { type MemoryPeer, memoryChannel } from './memory-channel.ts'
import type { BeginVerdict, ClientEvents } from './ports.ts'
import { Ingest } from './uploads/ingest.ts'

export const SIGNING_KEY = 'the-signing-key'
export const GRACE_MS = 10_000
export const HELLO: Hello = {
  protocol: PROTOCOL_VERSION,
  nonce: 'first-page-load',
  available: true,
  capabilities: { backend: 'wasm', adapter: 'node', hardware: true },
  dataset: { source: 'synthetic-digits', train: 600, validation: 60 },
}

/** Remembers what it is told, as lines; answers as it is set to. */
export class Listener implements ClientEvents {
  readonly lines: string[] = []
  readonly arrived: { clientId: string; begin: UpdateBegin; params: FlatParams | null }[] = []
  seenCount = 0
  verdict: (begin: UpdateBegin) => BeginVerdict | Promise<BeginVerdict> = () => ({
    kind: 'take',
    vectors: newVectors(100),
  })
  receipt: () => Receipt = () => ({ status: 'accepted' })

  ineligible = (): string => ''
  wants = (): boolean => true

  joined({ id, dataset }: Parameters<ClientEvents['joined']>[0]): void {
    this.lines.push(`joined ${id} ${dataset.train}`)
  }
  computesOtherwise({ id, capabilities }: Parameters<ClientEvents['computesOtherwise']>[0]): void {
    this.lines.push(`computes ${id} ${capabilities.backend}`)
  }
  resumed(id: string): void {
    this.lines.push(`resumed ${id}`)
  }
  lost(id: string): void {
    this.lines.push(`lost ${id}`)
  }
  gone(id: string): void {
    this.lines.push(`gone ${id}`)
  }
  seen(): void {
    this.seenCount++
  }
  available(id: string, available: boolean): void {
    this.lines.push(`available ${id} ${available}`)
  }
  accepted(id: string, taskId: string): void {
    this.lines.push(`accepted ${id} ${taskId}`)
  }
  declined(id: string, { taskId, code }: Parameters<ClientEvents['declined']>[1]): void {
    this.lines.push(`declined ${id} ${taskId} ${code}`)
  }
  progress(id: string, { phase, fraction }: Parameters<ClientEvents['progress']>[1]): void {
    this.lines.push(`progress ${id} ${phase} ${fraction}`)
  }
  async updateOffered(_id: string, begin: UpdateBegin): Promise<BeginVerdict> {
    return this.verdict(begin)
  }
  async updateArrived(clientId: string, begin: UpdateBegin, source: UpdateSource | null): Promise<Receipt> {
    this.arrived.push({ clientId, begin, params: source && (await paramsOf(source)) })
    return this.receipt()
  }
  fault(id: string, sentence: string): void {
    this.lines.push(`fault ${id} ${sentence}`)
  }
  jobInfo(): JobInfo {
    return JOB
  }
}

export interface TestGateway {
  readonly gateway: Gateway
  readonly listener: Listener
  readonly clock: ManualClock
  connect(): TestPeer
  /** A connection that has said hello. */
  join(hello?: Partial<Hello>): Promise<TestPeer & { id: string; token: string }>
}

/** A connection, with what it received. */
export interface TestPeer extends MemoryPeer {
  readonly received: [event: string, payload: unknown][]
  hello(change?: object): Promise<{ ok: boolean; code?: string; clientId: string; resumeToken: string; job?: JobInfo }>
  /** From now on the page says that it is still there when it is asked. */
  staysPresent(): void
  readonly closed: () => string | null
}

export function testGateway(maxBytesInFlight = 1_000_000): TestGateway {
  const clock = new ManualClock()
  const listener = new Listener()
  const gateway = new Gateway({
    clock,
    log: silentLog,
    signingKey: SIGNING_KEY,
    graceMs: () => GRACE_MS,
    ingest: new Ingest({ clock, spool: new MemorySpool(), limits: { maxBytesInFlight }, onError: () => {} }),
  })
  gateway.listen(listener)
  const connect = (): TestPeer => {
    const { channel, peer } = memoryChannel('memory', clock)
    let closed: string | null = null
    gateway.attach({
      ...channel,
      onClosed: (handler) =>
        channel.onClosed((reason) => {
          closed = reason
          handler(reason)
        }),
    })
    const received: TestPeer['received'] = []
    let present: unknown = null
    peer.onEvent((event, payload, reply) => {
      received.push([event, payload])
      if (event === EVENTS.present && present) reply?.(present)
    })
    const staysPresent = () => {
      present = { nonce: HELLO.nonce }
    }
    const hello = (change: object = {}) =>
      peer.request(EVENTS.hello, { ...HELLO, ...change }) as ReturnType<TestPeer['hello']>
    return { ...peer, received, hello, staysPresent, closed: () => closed }
  }
  const join: TestGateway['join'] = async (hello) => {
    const peer = connect()
    const ack = await peer.hello(hello)
    return { ...peer, id: ack.clientId, token: ack.resumeToken }
  }
  return { gateway, listener, clock, connect, join }
}

/** An update of `elements` numbers, ready to be sent. */
export function offer(
  taskId: string,
  elements = 100,
  seed = 1,
): { begin: UpdateBegin; bytes: Uint8Array; params: FlatParams } {
  const params = numbered(elements, seed)
  const bytes = joinBytes(flatBytes(params))
  const begin: UpdateBegin = {
    taskId,
    encoding: 'f32',
    layout: DIGEST,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    numExamples: 600,
    metrics: { loss: 0.5 },
    timings: { downloadMs: 1, trainMs: 2 },
    bytesDown: 0,
  }
  return { begin, bytes, params }
}

async function paramsOf(source: UpdateSource): Promise<FlatParams> {
  const tiles: Float32Array[] = []
  for await (const tile of source.tiles()) tiles.push(tile.slice())
  return FlatParams.concat(tiles)
}

/** Lets everything that is on its way arrive. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}
