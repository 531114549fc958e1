/**
 * A client written from docs/protocol.md alone: Socket.IO, a hash and HTTP, and nothing of Tributary's own code. What it
 * can do, a client in any language can. Used to hold the coordinator to that document, and where an sdk would be in the way.
 */
import { createHash, randomBytes } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'

export interface RawTask {
  readonly taskId: string
  readonly job: string
  readonly kind: 'train' | 'evaluate'
  readonly round: number
  readonly version: number
  readonly model: string
  readonly deadlineMs: number
  readonly settings: { readonly seed: number }
}

/** Any answer: `ok` and, where it is false, a code and a sentence. */
export interface RawAnswer {
  readonly ok: boolean
  readonly code?: string
  readonly message?: string
  readonly retryMs?: number
  readonly clientId?: string
  readonly resumeToken?: string
  readonly resumed?: boolean
  readonly ineligible?: string
  readonly job?: { readonly id: string; readonly model: string; readonly state: string; readonly version: number }
  readonly held?: number
  readonly receipt?: RawReceipt
}

export interface RawReceipt {
  readonly status: 'accepted' | 'duplicate' | 'stale' | 'rejected'
  readonly code?: string
  readonly message?: string
  readonly acceptance?: { readonly sha256: string; readonly at: number }
}

export interface RawManifest {
  readonly params: { readonly digest: string; readonly bytes: number }
  readonly layout: readonly {
    readonly name: string
    readonly shape: readonly number[]
    readonly dtype: string
    readonly role: string
  }[]
}

const PROTOCOL = 4
const CHUNK = 256 * 1024
const ACK_MS = 15_000

export const HELLO = {
  protocol: PROTOCOL,
  available: true,
  capabilities: { backend: 'cpu', adapter: 'raw', hardware: true },
  dataset: { source: 'other', train: 100, validation: 10 },
}

export class RawClient {
  readonly url: string
  readonly nonce: string
  readonly received: [event: string, payload: unknown][] = []
  clientId = ''
  token = ''
  private readonly socket: Socket
  private readonly watchers = new Set<() => void>()

  constructor(url: string, nonce = randomBytes(12).toString('hex')) {
    this.url = url
    this.nonce = nonce
    this.socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false })
    this.socket.onAny((event: string, payload: unknown, reply?: (answer: unknown) => void) => {
      if (event === 'present') reply?.({ nonce: this.nonce })
      this.received.push([event, payload])
      for (const look of this.watchers) look()
    })
    this.socket.on('disconnect', () => {
      for (const look of this.watchers) look()
    })
  }

  get connected(): boolean {
    return this.socket.connected
  }

  /** Sends an event; resolves with its acknowledgement. */
  async ask(event: string, payload: unknown, ms = ACK_MS): Promise<RawAnswer> {
    return (await this.socket.timeout(ms).emitWithAck(event, payload)) as RawAnswer
  }

  /** Sends an event that nobody acknowledges. */
  tell(event: string, ...payload: unknown[]): void {
    this.socket.emit(event, ...payload)
  }

  /** What is sent from now on, packet by packet as Engine.IO carries them: text, or the number of bytes of an attachment. */
  sent(): (string | number)[] {
    const packets: (string | number)[] = []
    this.socket.io.engine.on('packetCreate', ({ data }: { data?: string | ArrayBuffer | ArrayBufferView }) => {
      packets.push(typeof data === 'object' ? data.byteLength : (data ?? ''))
    })
    return packets
  }

  async hello(change: object = {}): Promise<RawAnswer> {
    const resume = this.token ? { resumeToken: this.token } : {}
    const answer = await this.ask('hello', { ...HELLO, nonce: this.nonce, ...resume, ...change })
    if (answer.ok) {
      this.clientId = answer.clientId ?? ''
      this.token = answer.resumeToken ?? ''
    }
    return answer
  }

  /** Resolves with the first event, past or to come, that passes. */
  until<T>(event: string, passes: (payload: T) => boolean = () => true, ms = 30_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(() => reject(new Error(`no ${event} came within ${ms} ms`))), ms)
      const finish = (then: () => void) => {
        clearTimeout(timer)
        this.watchers.delete(look)
        then()
      }
      const look = () => {
        const found = this.received.find(([name, payload]) => name === event && passes(payload as T))
        if (found) finish(() => resolve(found[1] as T))
      }
      this.watchers.add(look)
      look()
    })
  }

  /** Resolves when the connection has ended. */
  async untilClosed(ms = 30_000): Promise<void> {
    const since = Date.now()
    while (this.socket.connected) {
      if (Date.now() - since > ms) throw new Error(`still connected after ${ms} ms`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Forgets what was received so far. */
  forget(): void {
    this.received.length = 0
  }

  task(passes: (task: RawTask) => boolean = () => true): Promise<RawTask> {
    return this.until<RawTask>('task', passes)
  }

  /** A request for a blob, with the token. */
  get(digest: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/api/blobs/${digest}`, { headers: { Authorization: `Bearer ${this.token}`, ...headers } })
  }

  async blob(digest: string): Promise<Uint8Array> {
    const response = await this.get(digest)
    if (!response.ok) throw new Error(`${response.status} for the blob ${digest}`)
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (sha256(bytes) !== digest) throw new Error(`the blob ${digest} has other bytes`)
    return bytes
  }

  async manifest(digest: string): Promise<RawManifest> {
    return JSON.parse(new TextDecoder().decode(await this.blob(digest))) as RawManifest
  }

  /** Offers, sends and commits an update, `window` chunks at a time. */
  async upload(begin: RawBegin, bytes: Uint8Array, window = 4): Promise<RawReceipt> {
    const offered = await this.ask('update:begin', begin)
    if (!offered.ok) throw refused(offered)
    if (offered.receipt) return offered.receipt
    const flying: Promise<RawAnswer>[] = []
    for (let at = offered.held ?? 0; at < bytes.length; at += CHUNK) {
      const data = bytes.slice(at, at + CHUNK)
      flying.push(this.ask('update:chunk', { taskId: begin.taskId, offset: at, data }))
      if (flying.length >= window) await (flying.shift() as Promise<RawAnswer>)
    }
    for (const answer of await Promise.all(flying)) if (!answer.ok) throw refused(answer)
    const committed = await this.ask('update:commit', { taskId: begin.taskId })
    if (!committed.ok || !committed.receipt) throw refused(committed)
    return committed.receipt
  }

  close(): void {
    this.socket.disconnect()
  }

  /** Ends the connection as a crash does: no goodbye on any level. */
  destroy(): void {
    this.socket.io.engine.close()
  }
}

export interface RawBegin {
  readonly taskId: string
  readonly encoding: 'f32' | 'none'
  readonly layout: string
  readonly bytes: number
  readonly sha256: string
  readonly numExamples: number
  readonly metrics: Record<string, number>
  readonly timings: { readonly downloadMs: number; readonly trainMs: number }
  readonly bytesDown: number
}

/** The announcement of these bytes as the answer to a task. */
export function beginFor(taskId: string, layout: string, bytes: Uint8Array, numExamples = 100): RawBegin {
  return {
    taskId,
    encoding: 'f32',
    layout,
    bytes: bytes.length,
    sha256: sha256(bytes),
    numExamples,
    metrics: {},
    timings: { downloadMs: 0, trainMs: 0 },
    bytesDown: 0,
  }
}

/** The digest by which an update names the arrangement of its tensors. */
export function layoutDigest({ layout }: RawManifest): string {
  const text = JSON.stringify(layout.map(({ name, shape, dtype, role }) => [name, shape, dtype, role]))
  return sha256(new TextEncoder().encode(text))
}

/** float32 values as an update's bytes. */
export function updateBytes(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => view.setFloat32(i * 4, value, true))
  return new Uint8Array(view.buffer)
}

/** The values of a safetensors file of float32 tensors, in the order of their bytes. */
export function safetensorsValues(file: Uint8Array): Float32Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const start = 8 + Number(view.getBigUint64(0, true))
  const values = new Float32Array((file.length - start) / 4)
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(start + i * 4, true)
  return values
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function refused({ code, message }: RawAnswer): Error {
  return Object.assign(new Error(message ?? 'refused'), { code })
}

/** All that an update's announcement and bytes need to be right: a change of `step` of each value, and a little more. */
export async function answerTo(client: RawClient, task: RawTask, step = 0.001) {
  const manifest = await client.manifest(task.model)
  const values = safetensorsValues(await client.blob(manifest.params.digest))
  const bytes = updateBytes(values.map((value, i) => Math.fround(value * step + i * 1e-7)))
  return { manifest, values, bytes, begin: beginFor(task.taskId, layoutDigest(manifest), bytes) }
}
