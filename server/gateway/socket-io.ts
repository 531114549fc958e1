/** Socket.IO's end of the gateway's seams: channels for participants, a namespace for dashboards. */
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { Server, type Socket } from 'socket.io'
import { errorInfo } from '../../shared/errors/error.ts'
import type { DashboardChange, DashboardSnapshot } from '../../shared/protocol/dashboard.ts'
import { EVENTS, NAMESPACES } from '../../shared/protocol/events.ts'
import { authorize, type Credentials, principalOf } from '../access/authorize.ts'
import type { Secrets } from '../access/tokens.ts'
import type { ClientChannel } from './channel.ts'

export interface DashboardFeed {
  snapshot(): DashboardSnapshot
  /** Calls `listener` with changes, gathered over a fraction of a second. */
  subscribe(listener: (changes: readonly DashboardChange[]) => void): void
}

export interface SocketOptions {
  readonly secrets: Secrets
  readonly attach: (channel: ClientChannel) => void
  readonly dashboard: DashboardFeed
}

export function openSockets(http: HttpServer | HttpsServer, { secrets, attach, dashboard }: SocketOptions): Server {
  const io = new Server(http, {
    serveClient: false,
    pingInterval: 10_000,
    pingTimeout: 20_000,
    // CORS does not protect a WebSocket: a page of another origin is turned away here.
    allowRequest: (request, done) => done(null, isOwnOrigin(request)),
  })
  io.of(NAMESPACES.participant).on('connection', (socket) => attach(channelOf(socket)))

  const board = io.of(NAMESPACES.dashboard)
  board.use((socket, next) => {
    try {
      authorize(principalOf(secrets, socket.handshake.headers as Credentials), 'read', 'dashboard')
      next()
    } catch (thrown) {
      const info = errorInfo(thrown)
      next(Object.assign(new Error(info.message), { data: info }))
    }
  })
  board.on('connection', (socket) => socket.emit(EVENTS.snapshot, dashboard.snapshot()))
  dashboard.subscribe((changes) => board.emit(EVENTS.changes, changes))
  return io
}

/** Programs that are no browser send no Origin; browsers always do. */
function isOwnOrigin({ headers }: IncomingMessage): boolean {
  if (headers.origin === undefined) return true
  try {
    return new URL(headers.origin).host === headers.host
  } catch {
    return false
  }
}

function channelOf(socket: Socket): ClientChannel {
  return {
    address: socket.handshake.address,
    send: (event, payload) => void socket.emit(event, payload),
    onEvent: (handler) => {
      socket.onAny((event: string, ...args: unknown[]) => {
        const last = args.at(-1)
        const reply = typeof last === 'function' ? (answer: unknown) => void last(answer) : null
        handler(event, args[0], reply)
      })
    },
    onAlive: (handler) => void socket.conn.on('packet', handler),
    onClosed: (handler) => void socket.once('disconnect', handler),
    close: () => void socket.disconnect(true),
  }
}
