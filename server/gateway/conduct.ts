/**
 * Judges how clients behave, by a clock: how many events they send, how many answers they have open, and how much of
 * what they send makes no sense. Knows neither connections nor the meaning of events; guarded-channel.ts applies it.
 *
 * Who pays for what: a client answers for itself first. What it does wrong cuts off its own connection and keeps out its
 * own id. A place (an address, which may be a whole classroom behind one router) is only ever limited in what a
 * neighbour who is already there does not need: in new clients, and in events of those who send the most.
 */
import type { Clock } from '../../shared/clock/clock.ts'
import type { ErrorCode } from '../../shared/errors/codes.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import type { Dismissed, Refusal } from '../../shared/protocol/participant.ts'
import { placeOf } from '../access/address.ts'
import { type Rate, REMEMBERED, RecentlyUsed, Tally, TokenBucket } from '../access/rates.ts'

export interface ConductLimits {
  /** Events of one client. Large chunks of updates do not count: they are bounded by the bytes in flight. */
  readonly events: Rate
  /** Events of all clients of one place together. */
  readonly placeEvents: Rate
  /** Clients of one place that are new: without a token of before. */
  readonly newClients: Rate
  /** Answers that one connection may have open. */
  readonly pending: number
  /** What one client may do wrong; it is forgiven over time. Weights are in {@link FAULTS}. */
  readonly faults: Rate
  /** Clients of one place that may be cut off before new ones from there are kept out for a while. */
  readonly placeCutOffs: Rate
  /** How long a client that was cut off is kept out. */
  readonly keepOutMs: number
  /** How long a connection may go without a session. */
  readonly helloMs: number
}

/**
 * For honest clients these are far away: one sends two hints a second and five events a task. A task of the smallest
 * models takes 50 ms, so a client may send about 100 events a second; an address with 5,000 of them, 10,000 hints.
 */
export const CONDUCT_LIMITS: ConductLimits = {
  events: { perSecond: 200, burst: 1000 },
  placeEvents: { perSecond: 20_000, burst: 60_000 },
  newClients: { perSecond: 10, burst: 1000 },
  pending: 64,
  faults: { perSecond: 0.2, burst: 20 },
  placeCutOffs: { perSecond: 10 / 300, burst: 10 },
  keepOutMs: 300_000,
  helloMs: 15_000,
}

/** A chunk of this many bytes or more is paid for by its bytes alone; smaller ones are events like all others. */
export const LARGE_CHUNK_BYTES = 16 * 1024

/**
 * What each answer of "no" weighs. An upload can get out of step without anybody's fault: a task is cancelled while its
 * chunks are on their way, and that again every round. Answers that are not here (a busy coordinator's, say) weigh nothing.
 */
export const FAULTS: { readonly [code in ErrorCode]?: number } = {
  'protocol/malformed': 1,
  'protocol/no-session': 1 / 4,
  'access/bad-token': 1,
  'access/denied': 1,
  'access/misbehaved': 1,
  'access/too-many': 1 / 8,
  'update/not-begun': 1 / 32,
  'update/wrong-offset': 1 / 32,
  'update/wrong-size': 1 / 2,
  'update/too-large': 1 / 2,
  'update/wrong-digest': 1 / 2,
}

/** How full a client's own bucket is while it may go on although its place sends too much. */
const FAIR_SHARE = 0.5

const PENDING_RETRY_MS = 1000

export type Judgement =
  | { readonly kind: 'ok' }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  | { readonly kind: 'cut-off'; readonly dismissed: Dismissed }

interface ClientRecord {
  readonly events: TokenBucket
  readonly faults: TokenBucket
  keptOutUntil: number
}

interface PlaceRecord {
  readonly events: TokenBucket
  readonly newClients: TokenBucket
  readonly cutOffs: TokenBucket
  noNewUntil: number
}

export interface ConductOptions {
  readonly clock: Clock
  readonly limits?: Partial<ConductLimits>
  /** Counts refusals by code. */
  readonly refusals?: Tally
  /** Counts those who were cut off, by the code of the last thing that they did wrong. */
  readonly cutOffs?: Tally
}

export class Conduct {
  readonly limits: ConductLimits
  readonly clock: Clock
  readonly refusals: Tally
  readonly cutOffs: Tally
  private readonly clients: RecentlyUsed<ClientRecord>
  private readonly places: RecentlyUsed<PlaceRecord>

  constructor({ clock, limits, refusals = new Tally(), cutOffs = new Tally() }: ConductOptions) {
    const all = { ...CONDUCT_LIMITS, ...limits }
    this.clock = clock
    this.limits = all
    this.refusals = refusals
    this.cutOffs = cutOffs
    this.clients = new RecentlyUsed({
      limit: REMEMBERED,
      make: () => this.newClient(),
      isAsNew: ({ events, faults, keptOutUntil }) => keptOutUntil <= clock.now() && events.isFull() && faults.isFull(),
    })
    this.places = new RecentlyUsed({
      limit: REMEMBERED,
      make: () => ({
        events: new TokenBucket(clock, all.placeEvents),
        newClients: new TokenBucket(clock, all.newClients),
        cutOffs: new TokenBucket(clock, all.placeCutOffs),
        noNewUntil: 0,
      }),
      isAsNew: ({ events, newClients, cutOffs, noNewUntil }) =>
        noNewUntil <= clock.now() && events.isFull() && newClients.isFull() && cutOffs.isFull(),
    })
  }

  /** A connection from this address. */
  arrive(address: string): Guest {
    return new Guest(this, placeOf(address))
  }

  /** A record of nobody yet. */
  newClient(): ClientRecord {
    return {
      events: new TokenBucket(this.clock, this.limits.events),
      faults: new TokenBucket(this.clock, this.limits.faults),
      keptOutUntil: 0,
    }
  }

  clientNamed(id: string): ClientRecord {
    return this.clients.get(id)
  }

  placeNamed(place: string): PlaceRecord {
    return this.places.get(place)
  }

  refuse(code: ErrorCode, message: string, retryMs: number): Refusal {
    this.refusals.add(code)
    return { ok: false, code, message, retryMs }
  }
}

/** One connection: first of nobody, then of the client that said hello over it. */
export class Guest {
  private readonly conduct: Conduct
  private readonly placeName: string
  private readonly nobody: ClientRecord
  private id: string | null = null
  private pending = 0

  constructor(conduct: Conduct, placeName: string) {
    this.conduct = conduct
    this.placeName = placeName
    this.nobody = conduct.newClient()
  }

  private get client(): ClientRecord {
    return this.id === null ? this.nobody : this.conduct.clientNamed(this.id)
  }

  private get place(): PlaceRecord {
    return this.conduct.placeNamed(this.placeName)
  }

  /**
   * An event has come. `bytes`: of the chunk that it carries, 0 for other events. `awaited`: an answer is due; it stays
   * open until {@link answered}.
   */
  event(name: string, bytes: number, awaited: boolean): Judgement {
    const { limits } = this.conduct
    if (awaited && this.pending >= limits.pending) {
      return this.tooMany(
        `${limits.pending} requests of this connection wait for their answers. Wait for some of them first.`,
        PENDING_RETRY_MS,
      )
    }
    const free = name === EVENTS.updateChunk && bytes >= LARGE_CHUNK_BYTES
    if (!free) {
      const { events } = this.client
      if (!events.take()) {
        return this.tooMany(
          `This client sends more than ${limits.events.perSecond} events a second. Send fewer.`,
          events.waitMs(),
        )
      }
      if (!this.place.events.take() && events.level() < FAIR_SHARE) {
        return this.tooMany(
          'Too many events come from this address, and this client sends more of them than others.',
          this.place.events.waitMs(),
        )
      }
    }
    if (awaited) this.pending++
    return { kind: 'ok' }
  }

  /** An answer that was due has been given. */
  answered(): void {
    this.pending--
  }

  /** A hello is about to be looked at. `id`: whom its token proves, null where it has none. Null: go on. */
  hello(id: string | null): Refusal | null {
    const { conduct, place } = this
    const now = conduct.clock.now()
    if (id !== null) {
      const waitMs = conduct.clientNamed(id).keptOutUntil - now
      if (waitMs <= 0) return null
      return conduct.refuse('access/misbehaved', `This tab was cut off. ${tryAgainIn(waitMs)}`, waitMs)
    }
    if (place.noNewUntil > now) {
      const waitMs = place.noNewUntil - now
      return conduct.refuse(
        'access/too-many',
        `Clients from this address misbehaved, so new ones wait. ${tryAgainIn(waitMs)}`,
        waitMs,
      )
    }
    if (place.newClients.take()) return null
    const waitMs = place.newClients.waitMs()
    return conduct.refuse(
      'access/too-many',
      `Too many new participants come from this address at once. ${tryAgainIn(waitMs)}`,
      waitMs,
    )
  }

  /** The connection has a session now, as this client. What it did wrong before, it did as nobody. */
  becomes(id: string): void {
    this.id = id
  }

  /** The client was told "no" with this code. Says what it is to be told where that was once too often. */
  fault(code: string): Dismissed | null {
    const weight = FAULTS[code as ErrorCode] ?? 0
    if (weight === 0 || this.client.faults.take(weight)) return null
    return this.cutOff(code)
  }

  private tooMany(message: string, retryMs: number): Judgement {
    const refusal = this.conduct.refuse('access/too-many', message, retryMs)
    const dismissed = this.fault(refusal.code)
    return dismissed ? { kind: 'cut-off', dismissed } : { kind: 'refuse', refusal }
  }

  private cutOff(code: string): Dismissed {
    const { conduct, place } = this
    const { keepOutMs } = conduct.limits
    const until = conduct.clock.now() + keepOutMs
    conduct.cutOffs.add(code)
    this.client.keptOutUntil = until
    if (!place.cutOffs.take()) place.noNewUntil = until
    return {
      code: 'access/misbehaved',
      message: `${REASONS[code] ?? 'This tab sent too much that makes no sense'}, and was cut off. ${tryAgainIn(keepOutMs)}`,
      retryMs: keepOutMs,
    }
  }
}

const REASONS: { readonly [code: string]: string } = {
  'access/too-many': 'This tab sent far more events than the coordinator takes',
  'access/bad-token': 'This tab came with keys that are not of this coordinator',
  'protocol/no-session': 'This tab kept sending without a session',
}

function tryAgainIn(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  return seconds < 120 ? `Try again in ${seconds} s.` : `Try again in ${Math.ceil(seconds / 60)} minutes.`
}
