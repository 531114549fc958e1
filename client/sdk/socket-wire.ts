import { io } from 'socket.io-client'
import { TributaryError } from '../../shared/errors/error.ts'
import type { Wire } from './wire.ts'

const ACK_MS = 60_000

/** A wire over Socket.IO. `url`: the coordinator's origin. */
export function socketWire(url: string): Wire {
  const socket = io(url, {
    transports: ['websocket', 'polling'],
    // Some proxies let no WebSocket through.
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 8000,
    withCredentials: true,
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
    on: (event, handler) => void socket.on(event, handler),
    onUp: (handler) => void socket.on('connect', handler),
    onDown: (handler) => {
      socket.on('disconnect', (reason) => {
        handler()
        // The coordinator closed this connection; Socket.IO would then stay away for good.
        if (reason === 'io server disconnect') socket.connect()
      })
    },
    get up() {
      return socket.connected
    },
    close: () => void socket.disconnect(),
  }
}

function unreachable(cause?: unknown): TributaryError {
  return new TributaryError(
    'network/unreachable',
    'The connection to the coordinator was lost. It is tried again by itself.',
    { cause },
  )
}
