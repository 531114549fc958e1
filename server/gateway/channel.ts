/**
 * One client's connection, as the gateway sees it. Duties of an implementation:
 * - events arrive in the order in which they were sent, each at most once;
 * - `reply` answers the event that it came with; where the client wants no answer it is null;
 * - after `close`, or when the other side is gone, the closed handler is called once, and `send` does nothing.
 */
export interface ClientChannel {
  readonly address: string
  send(event: string, payload: unknown): void
  onEvent(handler: (event: string, payload: unknown, reply: ((answer: unknown) => void) | null) => void): void
  /** Called whenever anything arrives, heartbeats too. */
  onAlive(handler: () => void): void
  onClosed(handler: (reason: string) => void): void
  close(): void
}
