import { type Clock, systemClock } from '../../shared/clock/clock.ts'
import { CLOSED_BY_COORDINATOR, type ClientChannel } from './channel.ts'

type Reply = (answer: unknown) => void

/** The client's end of a channel in memory. */
export interface MemoryPeer {
  /** Sends an event without wanting an answer. */
  send(event: string, payload: unknown): void
  /** Sends an event and waits for its answer. */
  request(event: string, payload: unknown): Promise<unknown>
  /** `reply` answers an event that the coordinator asks; it is null where the coordinator wants no answer. */
  onEvent(handler: (event: string, payload: unknown, reply: Reply | null) => void): void
  /** Called once, after all that the coordinator sent before it closed, or at once when this end closes. */
  onClosed(handler: () => void): void
  close(): void
}

/**
 * Two ends in one process, for tests. Events pass in later turns of the event loop, as over a wire.
 * `clock` times the coordinator's questions.
 */
export function memoryChannel(
  address = 'memory',
  clock: Clock = systemClock,
): { channel: ClientChannel; peer: MemoryPeer } {
  let toServer: Parameters<ClientChannel['onEvent']>[0] = () => {}
  let toClient: Parameters<MemoryPeer['onEvent']>[0] = () => {}
  let alive: () => void = () => {}
  let closed: (reason: string) => void = () => {}
  let peerClosed: () => void = () => {}
  let open = true
  /** The client's end: it hears what was sent before the coordinator closed, and nothing once it closed itself. */
  let listening = true
  const questions = new Set<Reply>()

  const arrive = (action: () => void) =>
    queueMicrotask(() => {
      if (!open) return
      alive()
      action()
    })
  const leave = (action: () => void) => {
    if (open) queueMicrotask(() => listening && action())
  }
  const end = (reason: string) => {
    open = false
    for (const resolve of questions) resolve(undefined)
    closed(reason)
  }

  return {
    channel: {
      address,
      send: (event, payload) => leave(() => toClient(event, structuredClone(payload), null)),
      ask: (event, payload, timeoutMs) =>
        new Promise((resolve) => {
          if (!open) return resolve(undefined)
          const settle: Reply = (answer) => {
            if (!questions.delete(settle)) return
            cancel()
            resolve(answer)
          }
          const cancel = clock.after(timeoutMs, () => settle(undefined))
          questions.add(settle)
          leave(() =>
            toClient(event, structuredClone(payload), (answer) => arrive(() => settle(structuredClone(answer)))),
          )
        }),
      onEvent: (handler) => {
        toServer = handler
      },
      onAlive: (handler) => {
        alive = handler
      },
      onClosed: (handler) => {
        closed = handler
      },
      close: (reason = CLOSED_BY_COORDINATOR) => {
        if (!open) return
        leave(() => {
          listening = false
          peerClosed()
        })
        end(reason)
      },
    },
    peer: {
      send: (event, payload) => arrive(() => toServer(event, structuredClone(payload), null)),
      request: (event, payload) =>
        new Promise((resolve) => arrive(() => toServer(event, structuredClone(payload), resolve))),
      onEvent: (handler) => {
        toClient = handler
      },
      onClosed: (handler) => {
        peerClosed = handler
      },
      close: () => {
        if (!open) return
        listening = false
        end('closed by the client')
        peerClosed()
      },
    },
  }
}
