import type { ClientChannel } from './channel.ts'

/** The client's end of a channel in memory. */
export interface MemoryPeer {
  /** Sends an event without wanting an answer. */
  send(event: string, payload: unknown): void
  /** Sends an event and waits for its answer. */
  request(event: string, payload: unknown): Promise<unknown>
  onEvent(handler: (event: string, payload: unknown) => void): void
  close(): void
}

/** Two ends in one process, for tests. Events pass in later turns of the event loop, as over a wire. */
export function memoryChannel(address = 'memory'): { channel: ClientChannel; peer: MemoryPeer } {
  let toServer: Parameters<ClientChannel['onEvent']>[0] = () => {}
  let toClient: (event: string, payload: unknown) => void = () => {}
  let alive: () => void = () => {}
  let closed: (reason: string) => void = () => {}
  let open = true
  const later = (action: () => void) => queueMicrotask(() => open && action())
  const arrive = (action: () => void) =>
    later(() => {
      alive()
      action()
    })
  const close = (reason: string) => {
    if (!open) return
    open = false
    closed(reason)
  }
  return {
    channel: {
      address,
      send: (event, payload) => later(() => toClient(event, structuredClone(payload))),
      onEvent: (handler) => {
        toServer = handler
      },
      onAlive: (handler) => {
        alive = handler
      },
      onClosed: (handler) => {
        closed = handler
      },
      close: () => close('closed by the coordinator'),
    },
    peer: {
      send: (event, payload) => arrive(() => toServer(event, structuredClone(payload), null)),
      request: (event, payload) =>
        new Promise((resolve) => arrive(() => toServer(event, structuredClone(payload), resolve))),
      onEvent: (handler) => {
        toClient = handler
      },
      close: () => close('closed by the client'),
    },
  }
}
