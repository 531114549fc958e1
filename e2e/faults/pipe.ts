/**
 * One direction of a proxied connection: bytes read here are written there, in order, as the weather allows.
 * Holds little: past HIGH_WATER it stops reading, so that TCP's own back-pressure reaches the sender.
 */
import type { Socket } from 'node:net'
import type { Weather } from './weather.ts'

const HIGH_WATER = 128 * 1024
/** A throttled pipe writes in slices, often: bytes dribble as over a slow line instead of coming in lumps. */
const SLICE_MS = 20

interface Piece {
  readonly bytes: Buffer
  /** Earliest instant of its writing, of performance.now(). */
  readonly due: number
}

export class Pipe {
  private readonly from: Socket
  private readonly to: Socket
  private readonly weather: () => Weather
  private queue: Piece[] = []
  private queued = 0
  private lastDue = 0
  private ended = false
  private timer: NodeJS.Timeout | null = null
  /** The token bucket: bytes that may be written now, as of `filledAt`. */
  private tokens = 0
  private filledAt = performance.now()
  /** Lived through a silence: whatever comes is swallowed for ever, as by a router that forgot the connection. */
  private dead = false

  constructor(from: Socket, to: Socket, weather: () => Weather) {
    this.from = from
    this.to = to
    this.weather = weather
    from.on('data', (bytes) => this.take(bytes))
    from.on('end', () => {
      this.ended = true
      this.move()
    })
    to.on('drain', () => this.move())
  }

  /** Bytes swallowed from now on, for ever. */
  kill(): void {
    this.dead = true
    this.queue = []
    this.queued = 0
    this.from.resume()
  }

  /** The weather has changed. */
  move(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    if (this.dead || this.weather().kind === 'partition') return
    for (;;) {
      const piece = this.queue[0]
      if (!piece) break
      const wait = this.waitFor(piece)
      if (wait > 0) {
        this.timer = setTimeout(() => this.move(), wait)
        return
      }
      if (!this.write(piece)) return
    }
    if (this.ended && !this.to.writableEnded) this.to.end()
  }

  close(): void {
    if (this.timer) clearTimeout(this.timer)
    this.dead = true
    this.queue = []
  }

  private take(bytes: Buffer): void {
    const weather = this.weather()
    if (this.dead) return
    const delay = weather.kind === 'slow' ? weather.latencyMs + weather.jitter() : 0
    // Order is kept whatever the jitter: TCP does so, too.
    this.lastDue = Math.max(this.lastDue, performance.now() + delay)
    this.queue.push({ bytes, due: this.lastDue })
    this.queued += bytes.length
    if (this.queued > HIGH_WATER) this.from.pause()
    this.move()
  }

  /** Milliseconds until (some of) the piece may be written; 0 for now. */
  private waitFor({ due }: Piece): number {
    const now = performance.now()
    if (now < due) return due - now
    const weather = this.weather()
    if (weather.kind !== 'slow' || weather.bytesPerSecond === null) return 0
    // The bucket holds one slice: a quiet line saves nothing up.
    const slice = Math.max(1, (weather.bytesPerSecond * SLICE_MS) / 1000)
    const filled = this.tokens + ((now - this.filledAt) / 1000) * weather.bytesPerSecond
    this.tokens = Math.min(Math.max(slice * 2, 1), filled)
    this.filledAt = now
    return this.tokens >= slice ? 0 : SLICE_MS
  }

  /** Writes what it may of the first piece; false where the receiver takes no more for now. */
  private write(piece: Piece): boolean {
    const weather = this.weather()
    const limit =
      weather.kind === 'slow' && weather.bytesPerSecond !== null ? Math.floor(this.tokens) : piece.bytes.length
    const now = piece.bytes.subarray(0, limit)
    this.tokens -= now.length
    if (now.length === piece.bytes.length) this.queue.shift()
    else this.queue[0] = { bytes: piece.bytes.subarray(now.length), due: piece.due }
    this.queued -= now.length
    if (this.queued <= HIGH_WATER) this.from.resume()
    return this.to.write(now)
  }
}
