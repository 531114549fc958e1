/** Decides who may open a socket at all: pages of this coordinator, and of origins that it was told of, and no more of them than it can bear. */
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../shared/clock/clock.ts'
import type { ErrorInfo } from '../../shared/errors/error.ts'
import { clientAddress, placeOf } from '../access/address.ts'
import { type AllowedOrigins, isGuest, isOwnOrigin } from '../access/origins.ts'
import { bucketsOf, type Rate, type RecentlyUsed, type Tally, type TokenBucket } from '../access/rates.ts'

export interface SocketLimits {
  /** Sockets at a time, of everybody. */
  readonly total: number
  /** Sockets at a time of one place, which may be a lecture hall behind one router. */
  readonly perAddress: number
  /** Sockets that one place may open over time. */
  readonly connects: Rate
  /** Packets that one socket may send: an upload at 300 MB/s makes 2,400 a second, a header and bytes for each chunk. */
  readonly packets: Rate
  /**
   * Sockets above `total` and `perAddress` that are let in, only to be told why they cannot stay: a browser does not let a page
   * read why a handshake was refused. Above these the handshake is refused.
   */
  readonly toBeTold: number
}

export const SOCKET_LIMITS: SocketLimits = {
  total: 10_000,
  perAddress: 2_000,
  connects: { perSecond: 100, burst: 4_000 },
  packets: { perSecond: 10_000, burst: 20_000 },
  toBeTold: 64,
}

/** How long whoever is one too many is asked to wait. */
export const FULL_RETRY_MS = 10_000

export interface DoormanOptions {
  readonly clock: Clock
  readonly limits: SocketLimits
  /** See {@link clientAddress}. */
  readonly trustedProxies: number
  readonly allowedOrigins: AllowedOrigins
  /** Counts refusals by code. */
  readonly refusals: Tally
}

export class Doorman {
  private readonly options: DoormanOptions
  private total = 0
  private readonly perPlace = new Map<string, number>()
  private readonly connects: RecentlyUsed<TokenBucket>

  constructor(options: DoormanOptions) {
    this.options = options
    this.connects = bucketsOf(options.clock, options.limits.connects)
  }

  /** Sockets that are open. */
  get sockets(): number {
    return this.total
  }

  addressOf({ socket, headers }: IncomingMessage): string {
    return clientAddress(socket.remoteAddress, headers['x-forwarded-for'], this.options.trustedProxies)
  }

  /** Why this handshake is refused, or null. */
  handshake(request: IncomingMessage): ErrorInfo | null {
    const place = placeOf(this.addressOf(request))
    // CORS does not protect a WebSocket: a page of another origin is turned away here.
    const { headers } = request
    if (!isOwnOrigin(headers) && !isGuest(headers, this.options.allowedOrigins)) {
      return this.refuse(
        'access/denied',
        `A page of another origin, ${String(headers.origin).slice(0, 200)}, may not open a socket to this coordinator. Allow it with --allow-origin.`,
      )
    }
    if (this.excess(place) >= this.options.limits.toBeTold) return this.refuse('access/too-many', FULL)
    if (!this.connects.get(place).take()) {
      return this.refuse('access/too-many', 'This address opens sockets faster than the coordinator takes them. Wait.')
    }
    return null
  }

  /** A socket is open. Says why it cannot stay, or null; the returned function says that it has closed. */
  enter(address: string): { excess: ErrorInfo | null; leave: () => void } {
    const place = placeOf(address)
    const excess = this.excess(place) >= 0 ? this.refuse('access/too-many', FULL) : null
    this.total++
    this.perPlace.set(place, (this.perPlace.get(place) ?? 0) + 1)
    const leave = () => {
      this.total--
      const left = (this.perPlace.get(place) ?? 1) - 1
      if (left > 0) this.perPlace.set(place, left)
      else this.perPlace.delete(place)
    }
    return { excess, leave }
  }

  /** Sockets above the limits, as one more would find them; negative while there is room. */
  private excess(place: string): number {
    const { total, perAddress } = this.options.limits
    return Math.max(this.total - total, (this.perPlace.get(place) ?? 0) - perAddress)
  }

  private refuse(code: 'access/denied' | 'access/too-many', message: string): ErrorInfo {
    this.options.refusals.add(code)
    return { code, message }
  }
}

const FULL = 'The coordinator has as many connections as it takes, in all or from this address. Try again shortly.'
