/**
 * One client's connection, as the gateway sees it. Duties of an implementation:
 * - events arrive in the order in which they were sent, each at most once;
 * - `reply` answers the event that it came with; where the client wants no answer it is null;
 * - what was sent before `close` still reaches a client that is there;
 * - after `close`, or when the other side is gone, the closed handler is called once, `send` does nothing, and every
 *   question that `ask` has open resolves to undefined.
 */
export interface ClientChannel {
  readonly address: string
  send(event: string, payload: unknown): void
  /**
   * Asks the client, and resolves to its answer. Never rejects: `undefined` says that no answer came within `timeoutMs`,
   * or before the connection ended. An answer that comes later is ignored.
   */
  ask(event: string, payload: unknown, timeoutMs: number): Promise<unknown>
  onEvent(handler: (event: string, payload: unknown, reply: ((answer: unknown) => void) | null) => void): void
  /** Called whenever anything arrives, heartbeats too. */
  onAlive(handler: () => void): void
  onClosed(handler: (reason: string) => void): void
  /** Ends the connection. The closed handler is told `reason`; the client is not: send what it should know before. */
  close(reason?: string): void
}

export const CLOSED_BY_COORDINATOR = 'closed by the coordinator'
