/** What a network does to the bytes that pass through it, as the proxy plays it. One weather at a time. */

export type Weather =
  | { readonly kind: 'fair' }
  /** Late, or little at a time, or both. */
  | {
      readonly kind: 'slow'
      readonly latencyMs: number
      /** Milliseconds on top, drawn anew for every piece. */
      readonly jitter: () => number
      /** Of each connection, in each direction; null for no limit. */
      readonly bytesPerSecond: number | null
    }
  /** Nothing passes and nothing is lost: bytes are held back, new connections wait, and all flows again afterwards. */
  | { readonly kind: 'partition' }
  /** Half open: bytes are swallowed both ways, nothing is closed. Whoever was connected then never hears anything again. */
  | { readonly kind: 'silence' }
  /** New connections are refused; those that there are go on. */
  | { readonly kind: 'refuse' }

export const FAIR: Weather = { kind: 'fair' }
