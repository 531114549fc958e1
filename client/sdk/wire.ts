/** Answers the coordinator, where it waits for an answer. */
export type Reply = (answer: unknown) => void

/**
 * The client's end of a connection to a coordinator. Duties of an implementation:
 * - it connects by itself and again after a loss, with growing pauses; `onUp` is called at every (re)connection;
 * - `request` resolves with the acknowledgement or rejects with 'network/unreachable'; it is never sent twice;
 * - `hint` may be lost;
 * - a handler gets a `reply` with those events of the coordinator's that ask for one.
 */
export interface Wire {
  request(event: string, payload: unknown): Promise<unknown>
  hint(event: string, payload: unknown): void
  on(event: string, handler: (payload: unknown, reply?: Reply) => void): void
  onUp(handler: () => void): void
  onDown(handler: () => void): void
  readonly up: boolean
  /** Ends the connection, where there is one, and connects anew `delayMs` from now; at once by default. */
  renew(delayMs?: number): void
  close(): void
}
