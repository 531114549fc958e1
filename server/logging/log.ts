import { pino } from 'pino'

/**
 * Instants in the life of a coordinator and its job, each logged at debug with the ids it concerns. They come right
 * after what they name, before anything else happens: a test that ends the process at one ends it just there.
 */
export const MILESTONES = [
  'store-opened',
  'listening',
  'client-joined',
  'selected',
  'attempt-recorded',
  'tasks-sent',
  'download-begun',
  'chunk-held',
  'upload-complete',
  'update-counted',
  'all-answered',
  'aggregated',
  'version-stored',
  'version-recorded',
  'version-told',
  'evaluating',
  'evaluated',
  'pausing',
  'paused',
] as const
export type Milestone = (typeof MILESTONES)[number]

/** What a line is about: the same names everywhere, so that one id finds all that happened to it. */
export interface LogIds {
  readonly job?: string
  readonly round?: number
  readonly attempt?: number
  readonly client?: string
  readonly task?: string
  readonly version?: number
}

/** Structured logs. Fields are ids and numbers; the message is a sentence. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  milestone(name: Milestone, ids: LogIds): void
}

/**
 * JSON lines on standard error (standard output belongs to the commands). `level`: pino's names, or "silent".
 * `onMilestone` is called at each milestone, whatever the level.
 */
export function createLog(level: string, onMilestone: (name: Milestone, ids: LogIds) => void = () => {}): Log {
  const lines = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  )
  return {
    debug: (fields, message) => lines.debug(fields, message),
    info: (fields, message) => lines.info(fields, message),
    warn: (fields, message) => lines.warn(fields, message),
    error: (fields, message) => lines.error(fields, message),
    milestone(name, ids) {
      lines.debug({ milestone: name, ...ids }, 'A milestone.')
      onMilestone(name, ids)
    },
  }
}

const nothing = () => {}
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, milestone: nothing }
