/** How many requests one place and one participant may make, and how many wrong keys may be tried. */
import type { Request, RequestHandler } from 'express'
import type { Clock } from '../../shared/clock/clock.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import { clientAddress, placeOf } from '../access/address.ts'
import type { Principal } from '../access/authorize.ts'
import { bucketsOf, type Rate, type RecentlyUsed, type TokenBucket } from '../access/rates.ts'

export interface RequestLimits {
  /** Of one place, without those of participants who have joined. */
  readonly place: Rate
  /** Of one participant who has joined. */
  readonly participant: Rate
  /** Wrong keys of the dashboard, of one place. */
  readonly wrongKeys: Rate
}

/**
 * A class of 300 behind one router asks 100 times a second for the job, and 6,000 times at once for the pages. A
 * participant asks for two files a round. Right keys always pass: a neighbour's guesses lock nobody out, and 192 random bits
 * are not guessed at any rate.
 */
export const REQUEST_LIMITS: RequestLimits = {
  place: { perSecond: 1000, burst: 20_000 },
  participant: { perSecond: 50, burst: 500 },
  wrongKeys: { perSecond: 10 / 60, burst: 10 },
}

/** Answered with 429 and Retry-After. */
export class TooManyRequests extends TributaryError {
  readonly retryMs: number

  constructor(message: string, retryMs: number) {
    super('access/too-many', `${message} Try again in ${Math.ceil(retryMs / 1000)} s.`)
    this.retryMs = retryMs
  }
}

/** Visitors' ids, by which whoever opens the page may try the model. They are free, so they buy no requests. */
export const VISITOR = 'v-'

export interface LimiterOptions {
  readonly clock: Clock
  readonly limits?: Partial<RequestLimits> | undefined
  /** See {@link clientAddress}. */
  readonly trustedProxies: number
  readonly principal: (request: Request) => Principal
}

export class Limiter {
  private readonly options: LimiterOptions
  private readonly places: RecentlyUsed<TokenBucket>
  private readonly participants: RecentlyUsed<TokenBucket>
  private readonly wrongKeys: RecentlyUsed<TokenBucket>

  constructor(options: LimiterOptions) {
    const limits = { ...REQUEST_LIMITS, ...options.limits }
    this.options = options
    this.places = bucketsOf(options.clock, limits.place)
    this.participants = bucketsOf(options.clock, limits.participant)
    this.wrongKeys = bucketsOf(options.clock, limits.wrongKeys)
  }

  /** Refuses requests above the rate, before anything is done for them. */
  handler(): RequestHandler {
    return (request, _response, next) => {
      const principal = this.options.principal(request)
      if (principal.kind === 'admin') return next()
      const bucket =
        principal.kind === 'participant' && !principal.clientId.startsWith(VISITOR)
          ? this.participants.get(principal.clientId)
          : this.places.get(this.place(request))
      next(bucket.take() ? undefined : new TooManyRequests('Too many requests come from here.', bucket.waitMs()))
    }
  }

  /** A wrong key was tried. Throws where there were too many of them. */
  wrongKey(request: Request): void {
    const bucket = this.wrongKeys.get(this.place(request))
    if (!bucket.take()) throw new TooManyRequests('Too many wrong keys were tried from here.', bucket.waitMs())
  }

  addressOf({ socket, headers }: Request): string {
    return clientAddress(socket.remoteAddress, headers['x-forwarded-for'], this.options.trustedProxies)
  }

  private place(request: Request): string {
    return placeOf(this.addressOf(request))
  }
}
