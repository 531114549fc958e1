/**
 * How fast an upload's chunks follow one another. Heartbeats share the connection with them and wait behind those
 * that are under way: on a fast link several are, on a slow one a single one at a time, and smaller.
 */
import { CHUNK_BYTES, CHUNK_WINDOW } from '../../shared/protocol/version.ts'

const SHORT_MS = 1000
const LONG_MS = 2000
/** A single chunk that took longer is made of too many bytes for this link. */
const TOO_LONG_MS = 2500
const MIN_BYTES = 32 * 1024
/** The first chunk meets a link of unknown speed: at 50 KB/s it takes a second and a half. */
const FIRST_BYTES = CHUNK_BYTES / 4

export class Pace {
  /** Chunks that may be unacknowledged. */
  window = 1
  /** Of the next chunk. */
  bytes = FIRST_BYTES

  /** A chunk was acknowledged, this long after it was sent. */
  acknowledged(tripMs: number): void {
    if (tripMs > LONG_MS) this.window = 1
    if (tripMs > TOO_LONG_MS) this.bytes = Math.max(MIN_BYTES, this.bytes / 2)
    if (tripMs >= SHORT_MS) return
    this.window = Math.min(CHUNK_WINDOW, this.window + 1)
    this.bytes = Math.min(CHUNK_BYTES, this.bytes * 2)
  }
}
