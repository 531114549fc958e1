/** A participant's tab by hand: it does what it is told, and remembers what a real one would. */

import type { MemoryPeer } from '../../../server/gateway/memory-channel.ts'
import { EVENTS } from '../../../shared/protocol/events.ts'
import type { BeginAck, CommitAck, Hello, HelloAck, Receipt, Task } from '../../../shared/protocol/participant.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import type { Book } from './book.ts'
import { drain, type House } from './house.ts'
import { type Update, updateFor, type Wrong } from './update.ts'

export interface Person {
  readonly train: number
  readonly wants: boolean
}

/** How far an upload goes. order: a chunk out of order first. short: commits before all is there. half: stops midway. */
export type Path = 'whole' | 'order' | 'short' | 'half' | 'twice'

let nonces = 0

export class Tab {
  /** Of the page; the token is its session storage's. */
  nonce = `page-number-${nonces++}`
  token: string | null
  id: string | null = null
  train: number
  wants: boolean
  /** Hangs: does not say that it is present. */
  mute = false
  peer: MemoryPeer | null = null
  /** Tasks that this page has and that are not over, by id, the latest last. */
  readonly open = new Map<string, Task>()
  /** All that it ever had, over reloads too. */
  readonly ever: Task[] = []
  private readonly kept = new Map<string, Update>()
  private greetedPeer: MemoryPeer | null = null
  private readonly book: Book

  constructor(book: Book, { train, wants }: Person, token: string | null = null) {
    this.book = book
    this.train = train
    this.wants = wants
    this.token = token
  }

  get connected(): boolean {
    return this.peer !== null
  }

  /** Whether the present connection has a session. */
  get greeted(): boolean {
    return this.peer !== null && this.greetedPeer === this.peer
  }

  get current(): Task | null {
    return [...this.open.values()].at(-1) ?? null
  }

  /** Connects and says hello; resolves when the coordinator has had its turn, whatever it answered. */
  async come(house: House): Promise<void> {
    this.lose()
    const peer = house.connect('10.0.0.1')
    if (!peer) return
    this.peer = peer
    peer.onEvent((event, payload, reply) => {
      if (event === EVENTS.present) {
        if (!this.mute) reply?.({ nonce: this.nonce })
      } else this.hear(event, payload)
    })
    peer.onClosed(() => {
      if (this.peer === peer) this.peer = null
    })
    const hello: Hello = {
      protocol: PROTOCOL_VERSION,
      ...(this.token ? { resumeToken: this.token } : {}),
      nonce: this.nonce,
      available: this.wants,
      capabilities: { backend: 'cpu', adapter: 'test', hardware: false },
      dataset: { source: 'other', train: this.train, validation: 2 },
    }
    const had = this.id
    this.ask<HelloAck>(EVENTS.hello, hello, (ack) => {
      if (!ack.ok) return this.book.refusedHello(this, ack.code)
      this.token = ack.resumeToken
      this.id = ack.clientId
      this.greetedPeer = peer
      this.book.welcomed(this, had, ack, house.clock.now() < house.givesUpAt)
    })
    await drain()
    this.book.cameBack(this)
  }

  lose(): void {
    this.peer?.close()
    this.peer = null
  }

  /** The page is loaded anew: what it held in memory is gone. */
  async reload(house: House, train: number | null): Promise<void> {
    this.lose()
    this.nonce = `page-number-${nonces++}`
    if (train !== null) this.train = train
    this.open.clear()
    this.kept.clear()
    this.mute = false
    await this.come(house)
  }

  leave(): void {
    this.peer?.send(EVENTS.availability, { available: false, leave: true })
    this.book.left(this)
    this.greetedPeer = null
    this.open.clear()
  }

  want(wants: boolean): void {
    this.wants = wants
    this.peer?.send(EVENTS.availability, { available: wants, leave: false })
  }

  decline(task: Task): void {
    this.ask<{ ok: boolean }>(
      EVENTS.decline,
      { taskId: task.taskId, code: 'training/cancelled', reason: 'no' },
      (ack) => {
        if (ack.ok) this.book.declined(task.taskId)
      },
    )
    this.open.delete(task.taskId)
  }

  send(event: string, payload: unknown): void {
    this.ask<unknown>(event, payload, () => {})
  }

  /** Offers an update for a task, its own or another's. A right one is kept, and offered again as it was. */
  async answer(task: Task, path: Path, wrong: Wrong | null, variant: number): Promise<void> {
    const update = (wrong === null && this.kept.get(task.taskId)) || updateFor(task, this.train, wrong, variant)
    if (wrong === null) this.kept.set(task.taskId, update)
    this.book.offered(update)
    for (let i = 0; i < (path === 'twice' ? 2 : 1); i++) await this.upload(update, path)
  }

  private async upload(update: Update, path: Path): Promise<void> {
    const { begin, bytes } = update
    const { taskId } = begin
    const before = this.book.tasksHeard(this)
    let held: number | null = null
    this.ask<BeginAck>(EVENTS.updateBegin, begin, (ack) => {
      if (!ack.ok) return this.book.refused(update, ack.code)
      if ('held' in ack) held = ack.held
      else this.receipt(update, ack.receipt, before)
    })
    await drain()
    if (held === null) return this.book.settleStale()
    const half = Math.floor(bytes.length / 2)
    const chunk = (offset: number, end: number) =>
      this.ask(EVENTS.updateChunk, { taskId, offset, data: bytes.slice(offset, end) }, () => {})
    if (path === 'order') chunk(half, bytes.length)
    if (held < half) chunk(held, half)
    if (path === 'half') return drain()
    if (path !== 'short' && held < bytes.length) chunk(Math.max(held, half), bytes.length)
    this.ask<CommitAck>(EVENTS.updateCommit, { taskId }, (ack) => {
      if (!ack.ok) return this.book.refused(update, ack.code)
      this.receipt(update, ack.receipt, before)
    })
    await drain()
    this.book.settleStale()
  }

  private receipt(update: Update, receipt: Receipt, tasksBefore: number): void {
    if (receipt.status !== 'accepted') this.open.delete(update.task.taskId)
    this.book.receipt(this, update, receipt, tasksBefore)
  }

  private hear(event: string, payload: unknown): void {
    // The book parses as the sdk would: with the event's schema.
    const task = this.book.heard(this, event, payload)
    if (typeof task === 'string') {
      this.open.delete(task)
      if (event === EVENTS.taskSettled) this.kept.delete(task)
    } else if (task) {
      this.open.set(task.taskId, task)
      if (!this.ever.some((one) => one.taskId === task.taskId)) this.ever.push(task)
    }
  }

  private ask<T>(event: string, payload: unknown, then: (answer: T) => void): void {
    const { peer } = this
    if (!peer) return
    peer.request(event, payload).then(
      (answer) => then(answer as T),
      (thrown: unknown) => this.book.broken(thrown),
    )
  }
}
