/** One blob over HTTP. What has arrived is kept when the connection breaks, and the next try asks for the rest. */
import type { ErrorCode } from '../../shared/errors/codes.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import { RefusedError } from './ask.ts'
import { Digest } from './digest.ts'

/** A try during which nothing arrives for this long is given up. */
const SILENCE_MS = 15_000
/** One that has been silent for this long does not survive {@link Downloads.stir}. */
const SHORT_SILENCE_MS = 2000
/** Interrupted blobs that are kept; more are never under way. */
const MAX_KEPT = 4

/** Answers that asking again would not change. */
const REFUSALS: Readonly<Record<number, ErrorCode>> = {
  401: 'access/denied',
  403: 'access/denied',
  404: 'model/unknown',
  429: 'access/too-many',
}

export interface BlobSource {
  /** The coordinator's origin. */
  readonly url: string
  /** The client's token; absent where a cookie goes along. */
  readonly token?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** What has come of a blob so far. */
class Arrived {
  pieces: Uint8Array[] = []
  held = 0
  private hash = new Digest()

  push(piece: Uint8Array): void {
    this.hash.update(piece)
    this.pieces.push(piece)
    this.held += piece.length
  }

  clear(): void {
    this.pieces = []
    this.held = 0
    this.hash = new Digest()
  }

  hex(): string {
    return this.hash.hex()
  }
}

/** A try under way, and when it last brought something. */
interface Flight {
  heardAt: number
  readonly giveUp: () => void
}

/** The downloads of one session. */
export class Downloads {
  private readonly partials = new Map<string, Arrived>()
  private readonly flights = new Set<Flight>()

  /** Fetches a blob; bytes of an earlier try that broke off are not asked for again. Checked against its sha256. */
  async fetch(digest: string, source: BlobSource, onProgress?: (fraction: number) => void): Promise<Uint8Array[]> {
    const partial = this.partial(digest)
    for (;;) {
      const resumed = partial.held > 0
      await this.receive(digest, source, partial, onProgress)
      if (partial.hex() === digest) break
      partial.clear()
      // Two tries may have been answered with different bytes. One alone is what it is.
      if (!resumed) throw corrupt()
    }
    this.partials.delete(digest)
    return partial.pieces
  }

  /** The network may have been away: tries that have fallen silent make room for new ones. */
  stir(): void {
    const now = Date.now()
    for (const { heardAt, giveUp } of this.flights) if (now - heardAt >= SHORT_SILENCE_MS) giveUp()
  }

  private partial(digest: string): Arrived {
    const found = this.partials.get(digest) ?? new Arrived()
    this.partials.delete(digest)
    this.partials.set(digest, found)
    const [oldest] = this.partials.keys()
    if (this.partials.size > MAX_KEPT && oldest !== undefined) this.partials.delete(oldest)
    return found
  }

  private async receive(
    digest: string,
    source: BlobSource,
    partial: Arrived,
    onProgress?: (fraction: number) => void,
  ): Promise<void> {
    const attempt = new AbortController()
    const giveUp = () => attempt.abort()
    source.signal?.addEventListener('abort', giveUp)
    if (source.signal?.aborted) giveUp()
    const flight: Flight = { heardAt: Date.now(), giveUp }
    this.flights.add(flight)
    let silence = setTimeout(giveUp, SILENCE_MS)
    const heard = () => {
      flight.heardAt = Date.now()
      clearTimeout(silence)
      silence = setTimeout(giveUp, SILENCE_MS)
    }
    try {
      const response = await request(digest, source, partial, attempt.signal)
      heard()
      const total = totalOf(response, partial.held)
      const reader = response.body?.getReader()
      if (!reader) throw new TributaryError('network/http', 'The coordinator’s answer has no body. Try again.')
      for (;;) {
        const { done, value } = await unlessAborted(reader.read(), attempt.signal)
        if (done) break
        heard()
        partial.push(value)
        if (total > 0) onProgress?.(Math.min(1, partial.held / total))
      }
      if (partial.held < total) throw new Error('The answer ended early.')
    } catch (thrown) {
      if (thrown instanceof TributaryError) throw thrown
      throw lost(source.signal, thrown)
    } finally {
      clearTimeout(silence)
      this.flights.delete(flight)
      source.signal?.removeEventListener('abort', giveUp)
    }
  }
}

/** The answer with the bytes that are missing; where the coordinator sends all of them, those held are let go. */
async function request(digest: string, source: BlobSource, partial: Arrived, signal: AbortSignal): Promise<Response> {
  const path = `/api/blobs/${digest}`
  const headers: Record<string, string> = source.token ? { Authorization: `Bearer ${source.token}` } : {}
  if (partial.held > 0) headers.Range = `bytes=${partial.held}-`
  const response = await unlessAborted(fetch(`${source.url}${path}`, { headers, signal }), signal)
  if (response.status === 206 && continues(response, partial.held)) return response
  if (partial.held > 0) {
    partial.clear()
    // Another part than was asked for, or none: from the start.
    if (response.status === 206 || response.status === 416) return request(digest, source, partial, signal)
  }
  if (response.status === 200) return response
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN)
  throw new RefusedError(
    REFUSALS[response.status] ?? 'network/http',
    `The coordinator answered ${response.status} to ${path}. Reload the page; if that does not help, tell whoever runs the coordinator.`,
    Number.isFinite(retryAfter) ? retryAfter * 1000 : null,
  )
}

/** Bytes of the whole blob; 0 where it is not said, or said of its compressed form. */
function totalOf({ headers }: Response, held: number): number {
  const rest = headers.has('Content-Encoding') ? 0 : Number(headers.get('Content-Length') ?? 0)
  return rest > 0 ? held + rest : 0
}

/** A browser may hide Content-Range; then the sha256 over all of it tells. */
function continues({ headers }: Response, from: number): boolean {
  const range = headers.get('Content-Range')
  return range === null || range.startsWith(`bytes ${from}-`)
}

/** fetch ends with its signal by itself; a stub or a body that hangs does not always. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
    if (signal.aborted) abort()
  })
}

/** No answer, or one that broke off in the middle. */
function lost(signal: AbortSignal | undefined, cause: unknown): TributaryError {
  if (signal?.aborted) return new TributaryError('training/cancelled', 'The download was ended.', { cause })
  return new TributaryError('network/unreachable', 'The coordinator cannot be reached. It is tried again by itself.', {
    cause,
  })
}

function corrupt(): TributaryError {
  return new TributaryError(
    'model/corrupt',
    'The model that arrived is not the one that was asked for: its sha256 differs. It is fetched again at the next task.',
  )
}
