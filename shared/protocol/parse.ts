import * as z from 'zod/mini'
import type { Refusal } from './participant.ts'

/** A message that has passed its schema, or the refusal that says where it does not fit. */
export type Parsed<T> = { readonly ok: true; readonly data: T } | Refusal

export function parseMessage<T>(event: string, schema: z.ZodMiniType<T>, payload: unknown): Parsed<T> {
  const parsed = schema.safeParse(payload)
  if (parsed.success) return { ok: true, data: parsed.data }
  const faults = parsed.error.issues.slice(0, 3)
  const where = faults.map((issue) => `${issue.path.join('.') || 'the message'}: ${issue.message}`)
  return {
    ok: false,
    code: 'protocol/malformed',
    message: `The message ${event} does not fit the protocol. ${where.join('; ')}.`,
  }
}

/** The protocol number of a hello, whatever else is in it; null where it names none. */
export function protocolOf(payload: unknown): number | null {
  const parsed = z.object({ protocol: z.int() }).safeParse(payload)
  return parsed.success ? parsed.data.protocol : null
}
