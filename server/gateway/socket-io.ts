/** Socket.IO's end of the gateway's seams: channels for participants, a namespace for dashboards. */
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { Server, type Socket } from 'socket.io'
import { type Clock, systemClock } from '../../shared/clock/clock.ts'
import { type ErrorInfo, errorInfo } from '../../shared/errors/error.ts'
import type { DashboardChange, DashboardSnapshot } from '../../shared/protocol/dashboard.ts'
import { EVENTS, NAMESPACES } from '../../shared/protocol/events.ts'
import type { Dismissed } from '../../shared/protocol/participant.ts'
import { authorize, type Credentials, principalOf } from '../access/authorize.ts'
import { type AllowedOrigins, isGuest, isOwnOrigin, NO_ORIGINS } from '../access/origins.ts'
import { Tally, TokenBucket } from '../access/rates.ts'
import type { Secrets } from '../access/tokens.ts'
import { type Log, silentLog } from '../logging/log.ts'
import { CLOSED_BY_COORDINATOR, type ClientChannel } from './channel.ts'
import { Doorman, FULL_RETRY_MS, SOCKET_LIMITS, type SocketLimits } from './doorman.ts'

export interface DashboardFeed {
  snapshot(): DashboardSnapshot
  /** Calls `listener` with changes, gathered over a fraction of a second. */
  subscribe(listener: (changes: readonly DashboardChange[]) => void): void
}

export interface SocketOptions {
  readonly secrets: Secrets
  readonly attach: (channel: ClientChannel) => void
  readonly dashboard: DashboardFeed
  readonly clock?: Clock
  readonly log?: Log
  readonly limits?: Partial<SocketLimits>
  /** How many proxies of one's own stand before the coordinator. */
  readonly trustedProxies?: number
  /** Of other pages that may take part. */
  readonly allowedOrigins?: AllowedOrigins
  /** Counts refusals by code. */
  readonly refusals?: Tally
}

export interface Sockets {
  /** Sockets that are open, dashboards' too. */
  readonly open: number
  close(): Promise<void>
}

/**
 * A heartbeat goes out every 3 s, and a connection over which no answer has come 5 s later is closed: one that is half open
 * is noticed within 8 s, by either end, so that its client is back within 10 s of its network. The answer waits behind the
 * chunk that is being sent: clients make chunks small enough to take less than 2.5 s (client/sdk/pace.ts).
 */
const PING_INTERVAL_MS = 3_000
const PING_TIMEOUT_MS = 5_000

/** Above it a message closes its socket. A chunk of up to 1 MiB is 1.34 MiB in base64, as long polling carries it. */
const MAX_MESSAGE_BYTES = 1.5 * 1024 * 1024

/** How long a socket may go without joining a namespace, as one does that asks for namespaces that there are none of. */
const CONNECT_TIMEOUT_MS = 10_000

export function openSockets(http: HttpServer | HttpsServer, options: SocketOptions): Sockets {
  const { secrets, attach, dashboard, clock = systemClock, log = silentLog } = options
  const { trustedProxies = 0, allowedOrigins = NO_ORIGINS, refusals = new Tally() } = options
  const limits = { ...SOCKET_LIMITS, ...options.limits }
  const doorman = new Doorman({ clock, limits, trustedProxies, allowedOrigins, refusals })
  /** Of the sockets that are one too many, by their request. */
  const tooMany = new WeakMap<IncomingMessage, ErrorInfo>()

  const io = new Server(http, {
    serveClient: false,
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    // Compression would take three times the memory; weights do not shrink.
    perMessageDeflate: false,
    // For long polling; a WebSocket's handshake is judged by the doorman.
    cors: { origin: [...allowedOrigins], methods: ['GET', 'POST'] },
    allowRequest: (request, done) => {
      const refused = doorman.handshake(request)
      if (refused) log.warn({ address: doorman.addressOf(request), code: refused.code }, refused.message)
      done(refused?.message, refused === null)
    },
  })
  io.engine.on('headers', (headers: { [name: string]: string }, request: IncomingMessage) => {
    headers['X-Content-Type-Options'] = 'nosniff'
    headers['Cross-Origin-Resource-Policy'] = isGuest(request.headers, allowedOrigins) ? 'cross-origin' : 'same-origin'
  })
  io.engine.on('connection', (conn: Socket['conn']) => {
    const address = doorman.addressOf(conn.request)
    const { excess, leave } = doorman.enter(address)
    if (excess) tooMany.set(conn.request, excess)
    const refuse = (code: ErrorInfo['code'], message: string) => {
      refusals.add(code)
      log.warn({ address, code }, message)
      conn.close()
    }
    const packets = new TokenBucket(clock, limits.packets)
    conn.on('packet', ({ data }: { data?: unknown }) => {
      if (!packets.take()) refuse('access/too-many', 'A socket was closed: it sent too many packets.')
      else if (hasManyAttachments(data)) {
        refuse('protocol/malformed', 'A socket was closed: an event of its had more than one attachment.')
      }
    })
    conn.on('close', (reason: string, cause?: unknown) => {
      leave()
      // Such as a message above the limit on its bytes, or one that is no Socket.IO. A browser that vanishes breaks no rule.
      const error = String((cause as { description?: unknown } | undefined)?.description ?? cause)
      const isVanished = /write|EPIPE|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/.test(`${String(cause)} ${error}`)
      if ((reason === 'transport error' && !isVanished) || reason === 'parse error') {
        log.warn({ address, code: 'protocol/malformed', error }, 'A socket was closed: it broke the rules.')
      }
    })
  })
  // Requests for sockets that are unknown or make no sense; none of them has a connection yet.
  io.engine.on('connection_error', ({ req, message }: { req: IncomingMessage; message: string }) => {
    log.info({ address: doorman.addressOf(req), code: 'protocol/malformed' }, `A handshake failed: ${message}.`)
  })

  io.of(NAMESPACES.participant).on('connection', (socket) => {
    const channel = channelOf(socket, doorman.addressOf(socket.request), log)
    const excess = tooMany.get(socket.request)
    if (!excess) return attach(channel)
    log.warn({ address: channel.address, code: excess.code }, excess.message)
    channel.send(EVENTS.dismissed, { ...excess, retryMs: FULL_RETRY_MS } satisfies Dismissed)
    channel.close(excess.code)
  })

  const board = io.of(NAMESPACES.dashboard)
  board.use((socket, next) => {
    try {
      // Guests take part; the dashboard's cookie is none of theirs, though a browser may send it along from the same site.
      const principal = isOwnOrigin(socket.handshake.headers)
        ? principalOf(secrets, socket.handshake.headers as Credentials)
        : ({ kind: 'anonymous' } as const)
      authorize(principal, 'read', 'dashboard')
      next()
    } catch (thrown) {
      const info = errorInfo(thrown)
      refusals.add(info.code)
      log.warn({ address: doorman.addressOf(socket.request), code: info.code }, info.message)
      next(Object.assign(new Error(info.message), { data: info }))
    }
  })
  board.on('connection', (socket) => socket.emit(EVENTS.snapshot, dashboard.snapshot()))
  dashboard.subscribe((changes) => board.emit(EVENTS.changes, changes))
  return {
    get open() {
      return doorman.sockets
    },
    close: () => io.close(),
  }
}

/**
 * Whether this begins an event with more than one attachment. No event of ours has more, and Socket.IO holds what has come
 * of up to ten until the last is there: ten times the memory that a message may take.
 */
function hasManyAttachments(data: unknown): boolean {
  if (typeof data !== 'string') return false
  const attachments = /^[56](\d+)-/.exec(data)?.[1]
  return attachments !== undefined && Number(attachments) > 1
}

/** Socket.IO forgets the questions of a socket that is lost, time-outs too: they are answered here. */
function ask(socket: Socket, event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    if (!socket.connected) return resolve(undefined)
    const lost = () => resolve(undefined)
    socket.once('disconnect', lost)
    socket.timeout(timeoutMs).emit(event, payload, (failed: Error | null, answer: unknown) => {
      socket.off('disconnect', lost)
      resolve(failed ? undefined : answer)
    })
  })
}

function channelOf(socket: Socket, address: string, log: Log): ClientChannel {
  let closing: string | null = null
  // Socket.IO reports here what it cannot parse, and closes the connection.
  socket.on('error', (thrown: unknown) => {
    const error = thrown instanceof Error ? thrown.message : 'an event of this name'
    log.warn({ address, code: 'protocol/malformed', error }, 'A client sent what is no message.')
  })
  return {
    address,
    send: (event, payload) => void socket.emit(event, payload),
    ask: (event, payload, timeoutMs) => ask(socket, event, payload, timeoutMs),
    onEvent: (handler) => {
      socket.onAny((name: unknown, ...args: unknown[]) => {
        // Socket.IO lets numbers pass as names.
        const last = args.at(-1)
        const reply = typeof last === 'function' ? (answer: unknown) => void last(answer) : null
        handler(String(name), args[0], reply)
      })
    },
    onAlive: (handler) => void socket.conn.on('packet', handler),
    onClosed: (handler) => void socket.once('disconnect', (reason) => handler(closing ?? reason)),
    close: (reason = CLOSED_BY_COORDINATOR) => {
      closing ??= reason
      socket.disconnect(true)
    },
  }
}
