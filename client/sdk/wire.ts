/**
 * The client's end of a connection to a coordinator. Duties of an implementation:
 * - it connects by itself and again after a loss, with growing pauses; `onUp` is called at every (re)connection;
 * - `request` resolves with the acknowledgement or rejects with 'network/unreachable'; it is never sent twice;
 * - `hint` may be lost.
 */
export interface Wire {
  request(event: string, payload: unknown): Promise<unknown>
  hint(event: string, payload: unknown): void
  on(event: string, handler: (payload: unknown) => void): void
  onUp(handler: () => void): void
  onDown(handler: () => void): void
  readonly up: boolean
  close(): void
}
