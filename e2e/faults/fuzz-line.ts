/** A hostile client's connection: Engine.IO and Socket.IO by hand over a WebSocket, with every answer judged and counted. */
import WebSocket from 'ws'
import { frames } from './fuzz-frame.ts'
import type { Ledger } from './fuzz-ledger.ts'

/** An answer that takes longer never comes. */
const ANSWER_MS = 15_000
const OPEN_MS = 15_000

export interface Answer {
  readonly ok?: boolean
  readonly code?: string
  readonly clientId?: string
  readonly resumeToken?: string
  readonly job?: { readonly id: string; readonly model: string; readonly updateBytes: number }
  readonly held?: number
  readonly receipt?: { readonly status: string; readonly code?: string }
}

export interface LineOptions {
  readonly port: number
  /** Whence it seems to come; without one, from the honest clients' own address. */
  readonly address: string | null
  readonly ledger: Ledger
  /** What it answers to the question whether it is there, each as an acknowledgement of its own. */
  readonly present?: readonly unknown[]
}

interface Asked {
  readonly kind: string
  readonly done: (answer: Answer | null) => void
}

export class Line {
  readonly closed: Promise<void>
  private readonly socket: WebSocket
  private readonly options: LineOptions
  private readonly asked = new Map<number, Asked>()
  private readonly events: [name: string, payload: unknown][] = []
  private watchers: (() => void)[] = []
  private lastId = 0

  private constructor(options: LineOptions) {
    const { port, address } = options
    this.options = options
    const headers = address === null ? {} : { 'X-Forwarded-For': address }
    const url = `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`
    this.socket = new WebSocket(url, { headers, perMessageDeflate: false })
    this.socket.on('error', () => {})
    this.socket.on('message', (data, isBinary) => isBinary || this.hear(String(data)))
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
    void this.closed.then(() => this.end())
  }

  /** Resolves when it has joined the participants' namespace, or was turned away. */
  static async open(options: LineOptions): Promise<Line> {
    const line = new Line(options)
    await line.event('connected', OPEN_MS)
    return line
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN
  }

  /** Sends an event and waits for its answer; null where the connection ended first. */
  ask(kind: string, event: unknown, ...args: unknown[]): Promise<Answer | null> {
    return new Promise((resolve) => {
      if (!this.isOpen) return resolve(null)
      const timer = setTimeout(() => {
        this.options.ledger.fault(kind, `no answer within ${ANSWER_MS} ms`)
        resolve(null)
      }, ANSWER_MS)
      const done = (answer: Answer | null) => {
        clearTimeout(timer)
        if (!answer) this.options.ledger.note('no answer: the connection had ended')
        resolve(answer)
      }
      const id = ++this.lastId
      this.asked.set(id, { kind, done })
      this.write(kind, event, args, id)
    })
  }

  /** Sends an event whose answer, if it has one, is judged but not waited for. */
  tell(kind: string, event: unknown, ...args: unknown[]): void {
    const id = ++this.lastId
    this.asked.set(id, { kind, done: () => {} })
    this.write(kind, event, args, id)
  }

  /** Sends an event that asks for no answer. */
  hint(kind: string, event: unknown, ...args: unknown[]): void {
    this.write(kind, event, args, null)
  }

  /** Sends a frame as it is: text, or bytes. */
  frame(kind: string, data: string | Uint8Array): void {
    if (!this.isOpen) return
    this.options.ledger.send(kind)
    this.socket.send(data)
  }

  /** A WebSocket frame that WebSocket itself forbids: from a client, without a mask. */
  unmasked(kind: string): void {
    this.options.ledger.send(kind)
    this.socket.ping(Buffer.alloc(100), false)
  }

  /** The payload of the first such event, past or to come; null where none comes. */
  event(name: string, ms: number): Promise<unknown> {
    return new Promise((resolve) => {
      const finish = (payload: unknown) => {
        clearTimeout(timer)
        this.watchers = this.watchers.filter((watcher) => watcher !== look)
        resolve(payload)
      }
      const look = () => {
        const found = this.events.find(([event]) => event === name)
        if (found) finish(found[1])
        else if (this.socket.readyState === WebSocket.CLOSED) finish(null)
      }
      const timer = setTimeout(() => finish(null), ms)
      this.watchers.push(look)
      look()
    })
  }

  close(): void {
    this.socket.close()
  }

  /** Ends as a crash does: no goodbye on any level. */
  vanish(): void {
    this.socket.terminate()
  }

  private write(kind: string, event: unknown, args: readonly unknown[], id: number | null): void {
    if (!this.isOpen) return
    const { text, attachments } = frames(event, args, id)
    this.frame(kind, text)
    for (const bytes of attachments) if (this.isOpen) this.socket.send(bytes)
  }

  private hear(text: string): void {
    if (text.startsWith('0')) return this.socket.send('40')
    if (text === '2') return this.socket.send('3')
    // An id that is too large for a number comes back as Infinity.
    const [, packet = '', id = '', json = ''] = /^4([0-6])([^[{]*)(.*)$/s.exec(text) ?? []
    if (packet === '0') this.tellOf('connected', true)
    if (packet === '2') this.hearEvent(JSON.parse(json) as [string, unknown], id)
    if (packet === '3') this.hearAnswer(Number(id), (JSON.parse(json) as [Answer])[0])
  }

  private hearEvent([name, payload]: [string, unknown], id: string): void {
    const { ledger, present = [] } = this.options
    if (name === 'dismissed') ledger.refusal('dismissed', payload, 'dismissed ')
    if (name === 'present') for (const answer of present) this.frame('answer to present', `43${id}${write(answer)}`)
    this.tellOf(name, payload)
  }

  private hearAnswer(id: number, answer: Answer): void {
    const asked = this.asked.get(id)
    this.asked.delete(id)
    this.options.ledger.answer(asked?.kind ?? 'a second answer', answer)
    asked?.done(answer)
  }

  private tellOf(name: string, payload: unknown): void {
    this.events.push([name, payload])
    for (const look of this.watchers) look()
  }

  private end(): void {
    for (const { done } of this.asked.values()) done(null)
    this.asked.clear()
    for (const look of this.watchers) look()
  }
}

function write(answer: unknown): string {
  return answer === undefined ? '[]' : JSON.stringify([answer])
}
