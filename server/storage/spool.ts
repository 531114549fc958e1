/**
 * Bytes that are on their way: updates that are too large to be held in memory until they are summed. Duties of an
 * implementation:
 * - bytes are appended in order; `append` resolves when the process could read them back, not when they are durable
 *   (whoever sent them keeps them until they are);
 * - `dispose` may be called at any time, more than once, and frees what was taken; nothing is left after the process,
 *   or at the latest after the next start.
 */
export interface Spool {
  /** Room for `bytes` bytes. Throws 'storage/full' or 'storage/unusable'. */
  create(bytes: number): Promise<Spooled>
}

export interface Spooled {
  /** Bytes appended so far. */
  readonly bytes: number
  append(bytes: Uint8Array): Promise<void>
  /** The bytes from `offset` on into `target`; resolves when it is full. */
  read(target: Uint8Array, offset: number): Promise<void>
  dispose(): Promise<void>
}
