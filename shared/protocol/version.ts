/** The protocol that this build speaks. Raised whenever an event's meaning or fields change. */
export const PROTOCOL_VERSION = 4

/** The oldest protocol that this build's coordinator still serves. */
export const OLDEST_PROTOCOL = 4

/** Bytes of an update in one chunk: well below the limit on a message, 1.5 MiB. */
export const CHUNK_BYTES = 256 * 1024

/** Chunks of one upload that may be unacknowledged at a time, at most. */
export const CHUNK_WINDOW = 4

/** How long the old connection of a client is given to say that it is still there. */
export const PRESENT_MS = 2000

/** Clients that lost the coordinator come back spread over this time at first, so that a restart meets no stampede. */
export const RETURN_SPREAD_MS = 3000

export type VersionVerdict =
  | { ok: true }
  | { ok: false; code: 'protocol/too-old' | 'protocol/too-new'; message: string }

/** Whether a page that speaks `protocol` can be served, and if not, which side is behind. */
export function judgeProtocol(protocol: number): VersionVerdict {
  if (protocol < OLDEST_PROTOCOL) {
    return {
      ok: false,
      code: 'protocol/too-old',
      message: `This page speaks protocol ${protocol}, the coordinator needs ${OLDEST_PROTOCOL} or newer. Reload the page to get the new one.`,
    }
  }
  if (protocol > PROTOCOL_VERSION) {
    return {
      ok: false,
      code: 'protocol/too-new',
      message: `This page speaks protocol ${protocol}, the coordinator only ${PROTOCOL_VERSION}. The coordinator must be updated; tell whoever runs it.`,
    }
  }
  return { ok: true }
}
