/** Requests whose answers are parsed, and refusals as errors. */
import type { ErrorCode } from '../../shared/errors/codes.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import type { Wire } from './wire.ts'

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false }
}

/** The coordinator said no. `retryMs`: when it will listen again; null where it did not say. */
export class RefusedError extends TributaryError {
  readonly retryMs: number | null

  constructor(code: ErrorCode, message: string, retryMs: number | null) {
    super(code, message)
    this.retryMs = retryMs
  }
}

/** A request whose answer is `ok`; a refusal becomes its error. */
export async function ask<T extends { ok: boolean }>(
  wire: Wire,
  event: string,
  payload: unknown,
  schema: Schema<T>,
): Promise<Exclude<T, { ok: false }>> {
  const parsed = schema.safeParse(await wire.request(event, payload))
  if (!parsed.success) {
    throw new TributaryError(
      'protocol/malformed',
      `The coordinator’s answer to ${event} does not fit the protocol. Reload the page.`,
    )
  }
  const answer = parsed.data as T & { code?: string; message?: string; retryMs?: number }
  if (answer.ok) return answer as unknown as Exclude<T, { ok: false }>
  const { code, message } = TributaryError.from({ code: answer.code ?? 'internal', message: answer.message ?? '' })
  throw new RefusedError(code, message, answer.retryMs ?? null)
}
