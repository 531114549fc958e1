/** What a client is told when something about its upload cannot be done now, or at all. */
import { errorInfo } from '../../../shared/errors/error.ts'
import type { Refusal } from '../../../shared/protocol/participant.ts'

/** When a client may try again what failed for the coordinator's own disk. */
const DISK_RETRY_MS = 5000
/** When a client may ask again for what is being done just now. */
const SOON_MS = 500

export const NOT_BEGUN = refuse('update/not-begun', 'This upload was not begun, or was given up. Begin it anew.')

/** All its bytes are here, and the verdict is not known yet. */
export const BEING_READ = refuse(
  'update/busy',
  'This update has arrived and is being read. Offer it again in a moment to learn the verdict.',
  SOON_MS,
)

export function refuse(code: string, message: string, retryMs?: number): Refusal {
  return { ok: false, code, message, ...(retryMs === undefined ? {} : { retryMs }) }
}

export function busy(retryMs: number): Refusal {
  const seconds = Math.max(1, Math.round(retryMs / 1000))
  const when = seconds === 1 ? 'a second' : `${seconds} seconds`
  return refuse('update/busy', `Too many updates are arriving at once. Offer this one again in ${when}.`, retryMs)
}

/** The refusal for an error. What is the coordinator's own fault may pass; and its store's errors name folders: clients are told less. */
export function refusalFor(thrown: unknown): Refusal {
  const { code, message } = errorInfo(thrown)
  if (code === 'internal') {
    return refuse(code, 'Something went wrong in the coordinator; its log says what. It is tried again.', DISK_RETRY_MS)
  }
  if (!code.startsWith('storage/')) return refuse(code, message)
  const why = code === 'storage/full' ? 'the coordinator’s disk is full' : 'the coordinator cannot write it to its disk'
  return refuse(code, `The update cannot be taken: ${why}. It will be offered again later.`, DISK_RETRY_MS)
}
