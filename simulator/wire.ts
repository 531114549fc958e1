/** A client's end of a connection that never leaves the process. */
import type { Reply, Wire } from '../client/sdk/wire.ts'
import type { MemoryPeer } from '../server/gateway/memory-channel.ts'
import { TributaryError } from '../shared/errors/error.ts'

/** `connect`: opens a connection to the coordinator. It is called at once, and again where the session asks for a new one. */
export function memoryWire(connect: () => MemoryPeer): Wire {
  const handlers = new Map<string, (payload: unknown, reply?: Reply) => void>()
  const waiting = new Set<(error: Error) => void>()
  let onUp = () => {}
  let onDown = () => {}
  let again: ReturnType<typeof setTimeout> | undefined
  let closed = false
  let peer: MemoryPeer | null = null

  const lose = () => {
    peer = null
    for (const reject of waiting) reject(unreachable())
    waiting.clear()
    onDown()
  }
  const open = () => {
    const opened = connect()
    opened.onEvent((event, payload, reply) => handlers.get(event)?.(payload, reply ?? undefined))
    opened.onClosed(lose)
    peer = opened
  }
  open()

  return {
    request(event, payload) {
      return new Promise((resolve, reject) => {
        if (!peer) return reject(unreachable())
        waiting.add(reject)
        peer.request(event, payload).then((answer) => {
          waiting.delete(reject)
          resolve(answer)
        }, reject)
      })
    },
    hint: (event, payload) => peer?.send(event, payload),
    on: (event, handler) => void handlers.set(event, handler),
    onUp: (handler) => {
      onUp = handler
    },
    onDown: (handler) => {
      onDown = handler
    },
    get up() {
      return peer !== null
    },
    renew(delayMs = 0) {
      if (closed) return
      clearTimeout(again)
      peer?.close()
      again = setTimeout(() => {
        open()
        onUp()
      }, delayMs)
    },
    close() {
      closed = true
      clearTimeout(again)
      peer?.close()
    },
  }
}

function unreachable(): TributaryError {
  return new TributaryError('network/unreachable', 'The connection to the coordinator was lost.')
}
