import { pino } from 'pino'

export type LogLevel = 'info' | 'warn' | 'error'

/** Structured logs. Fields are ids and numbers; the message is a sentence. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** JSON lines on standard error (standard output belongs to the commands). `level`: pino's names, or "silent". */
export function createLog(level: string): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }))
}

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
