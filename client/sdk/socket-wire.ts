import { io } from 'socket.io-client'
import { TributaryError } from '../../shared/errors/error.ts'
import { Returning } from './returning.ts'
import type { Wire } from './wire.ts'

/** A chunk takes seconds on a slow link, and waits for those before it. */
const ACK_MS = 60_000

/** A try that has led to nothing by then is given up. */
const CONNECT_MS = 4000

/** A wire over Socket.IO. `url`: the coordinator's origin. */
export function socketWire(url: string): Wire {
  const socket = io(url, {
    transports: ['websocket', 'polling'],
    // Some proxies let no WebSocket through.
    tryAllTransports: true,
    // Socket.IO's own reconnection can neither spread the first tries nor be told to try now.
    reconnection: false,
    timeout: CONNECT_MS,
  })
  const returning = new Returning(() => socket.connect())
  let closed = false
  /** From the transport being there to the coordinator's welcome to it. */
  let greeting: ReturnType<typeof setTimeout> | undefined
  socket.io.on('open', () => {
    greeting = setTimeout(() => {
      socket.disconnect()
      if (!closed) returning.failed()
    }, CONNECT_MS)
  })
  socket.on('connect', () => {
    clearTimeout(greeting)
    returning.arrived()
  })
  socket.on('connect_error', () => {
    clearTimeout(greeting)
    if (!closed) returning.failed()
  })
  socket.on('disconnect', () => {
    clearTimeout(greeting)
    if (!closed) returning.lost()
  })
  return {
    async request(event, payload) {
      if (!socket.connected) throw unreachable()
      try {
        return await socket.timeout(ACK_MS).emitWithAck(event, payload)
      } catch (cause) {
        throw unreachable(cause)
      }
    },
    hint: (event, payload) => void socket.volatile.emit(event, payload),
    on(event, handler) {
      socket.on(event, (...args: unknown[]) => {
        const last = args.at(-1)
        const reply = typeof last === 'function' ? (answer: unknown) => void last(answer) : undefined
        handler(args[0], reply)
      })
    },
    onUp: (handler) => void socket.on('connect', handler),
    onDown: (handler) => void socket.on('disconnect', handler),
    get up() {
      return socket.connected
    },
    renew(delayMs = 0) {
      if (closed) return
      clearTimeout(greeting)
      socket.disconnect()
      returning.after(delayMs)
    },
    close() {
      closed = true
      clearTimeout(greeting)
      returning.stop()
      socket.disconnect()
    },
  }
}

function unreachable(cause?: unknown): TributaryError {
  return new TributaryError(
    'network/unreachable',
    'The connection to the coordinator was lost. It is tried again by itself.',
    { cause },
  )
}
