/**
 * Rule U2's bound: bytes and uploads that may be under way at once over all clients, and the line of those who wait for
 * room. It holds no bytes itself; it says whose turn it is.
 *
 * Turns are first come, first served: one passes only if all who stand before it would still fit beside it, so nobody's
 * turn comes later because of who came after. A part of the bound is kept for small uploads, which have their own turn
 * there; so no number of huge ones starves them. An upload beyond the large part passes when no other is in it.
 */
import type { Clock } from '../../../shared/clock/clock.ts'

export interface FlightLimits {
  /** Declared bytes of all uploads under way. */
  readonly maxBytes: number
  /** Uploads under way; each may hold a file open. */
  readonly maxUploads: number
}

/** What an upload takes of the bound until it gives it back; doing so twice is harmless. */
export interface Grant {
  release(): void
}

/** Not yet: when to ask again, in milliseconds. */
export interface Wait {
  readonly retryMs: number
}

/** The part of the bound that is kept for small uploads: 1 / SMALL_SHARE. */
export const SMALL_SHARE = 8
/** Small is what takes up to 1 / SMALL_PART of the bound. */
export const SMALL_PART = 64
/** How soon the first in line asks again; each place further down adds as much. */
export const TURN_MS = 250
export const MAX_TURN_MS = 4000
/** A place is given up when it was not asked for in this many times the time that its client was told, and a while more. */
export const PATIENCE = 4
export const PATIENCE_MS = 3000

interface Place {
  readonly bytes: number
  readonly small: boolean
  /** Counts up over all places of its kind, small or not, that there ever were. */
  ticket: number
  /** When it is given up, by the clock. */
  until: number
}

export class Flight {
  private readonly clock: Clock
  private readonly smallBytes: number
  private readonly main: Lane
  private readonly kept: Lane
  /** In the order in which they came. */
  private readonly line = new Map<string, Place>()
  private readonly tickets = { small: 0, other: 0 }

  constructor({ maxBytes, maxUploads }: FlightLimits, clock: Clock) {
    this.clock = clock
    this.smallBytes = Math.floor(maxBytes / SMALL_PART)
    const keptBytes = Math.floor(maxBytes / SMALL_SHARE)
    const keptUploads = Math.max(1, Math.floor(maxUploads / SMALL_SHARE))
    this.kept = new Lane(keptBytes, keptUploads)
    this.main = new Lane(maxBytes - keptBytes, Math.max(1, maxUploads - keptUploads))
  }

  /** Declared bytes under way. */
  get bytes(): number {
    return this.main.bytes + this.kept.bytes
  }

  /** Uploads under way. */
  get uploads(): number {
    return this.main.uploads + this.kept.uploads
  }

  /** Places in line; some of them may be due to be given up. */
  get waiting(): number {
    return this.line.size
  }

  /** Asks for room for an upload, named by `key`. Its place in line, if it has to wait, is kept under that name. */
  ask(key: string, bytes: number): Grant | Wait {
    const now = this.clock.now()
    let place = this.line.get(key)
    if (!place || place.until < now || place.bytes !== bytes) {
      this.line.delete(key)
      place = { bytes, small: bytes <= this.smallBytes, ticket: NO_TICKET, until: Number.POSITIVE_INFINITY }
      this.line.set(key, place)
    }
    const lane = this.laneFor(place, now)
    if (lane) {
      this.line.delete(key)
      return lane.take(bytes)
    }
    if (place.ticket === NO_TICKET) place.ticket = this.tickets[place.small ? 'small' : 'other']++
    const retryMs = Math.min(MAX_TURN_MS, TURN_MS * (1 + place.ticket - this.firstTicket(place)))
    place.until = now + PATIENCE * retryMs + PATIENCE_MS
    return { retryMs }
  }

  /** Gives a place in line up; none there is no error. */
  leave(key: string): void {
    this.line.delete(key)
  }

  private laneFor(place: Place, now: number): Lane | null {
    const before = { bytes: 0, uploads: 0 }
    const smallBefore = { bytes: 0, uploads: 0 }
    for (const [key, other] of this.line) {
      if (other === place) break
      if (other.until < now) {
        this.line.delete(key)
        continue
      }
      add(before, other.bytes)
      if (other.small) add(smallBefore, other.bytes)
      // Whatever else stands before it, it does not fit any more.
      if (!this.main.fits(before, place.bytes) && !(place.small && this.kept.fits(smallBefore, place.bytes)))
        return null
    }
    if (place.small && this.kept.fits(smallBefore, place.bytes)) return this.kept
    return this.main.fits(before, place.bytes) ? this.main : null
  }

  /** The ticket of the first in line of this one's kind; at the latest its own. */
  private firstTicket(place: Place): number {
    for (const { small, ticket } of this.line.values()) if (small === place.small) return ticket
    return place.ticket
  }
}

const NO_TICKET = -1

interface Load {
  bytes: number
  uploads: number
}

function add(load: Load, bytes: number): void {
  load.bytes += bytes
  load.uploads++
}

/** One part of the bound. */
class Lane implements Load {
  bytes = 0
  uploads = 0
  private readonly maxBytes: number
  private readonly maxUploads: number

  constructor(maxBytes: number, maxUploads: number) {
    this.maxBytes = maxBytes
    this.maxUploads = maxUploads
  }

  /** Whether one more upload fits, beside those that stand before it. */
  fits(before: Load, bytes: number): boolean {
    const uploads = this.uploads + before.uploads
    // However large, it passes alone: otherwise a model beyond the bound could never be trained.
    return uploads === 0 || (uploads < this.maxUploads && this.bytes + before.bytes + bytes <= this.maxBytes)
  }

  take(bytes: number): Grant {
    this.bytes += bytes
    this.uploads++
    let held = true
    const release = () => {
      if (!held) return
      held = false
      this.bytes -= bytes
      this.uploads--
    }
    return { release }
  }
}
