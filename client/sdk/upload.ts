import { TributaryError } from '../../shared/errors/error.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import {
  beginAckSchema,
  chunkAckSchema,
  commitAckSchema,
  type Receipt,
  type UpdateBegin,
} from '../../shared/protocol/participant.ts'
import { CHUNK_BYTES, CHUNK_WINDOW } from '../../shared/protocol/version.ts'
import { readBytes } from '../../shared/tensors/bytes.ts'
import type { FlatParams } from '../../shared/tensors/flat.ts'
import type { Wire } from './wire.ts'

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false }
}

/** Offers an update, sends what the coordinator does not hold yet, and returns its verdict. One try over one connection. */
export async function uploadOnce(
  wire: Wire,
  begin: UpdateBegin,
  params: FlatParams | null,
  onProgress: (fraction: number) => void,
): Promise<Receipt> {
  const offered = await ask(wire, EVENTS.updateBegin, begin, beginAckSchema)
  if ('receipt' in offered) return offered.receipt
  if (params) await sendChunks(wire, begin, params, offered.held, onProgress)
  const { receipt } = await ask(wire, EVENTS.updateCommit, { taskId: begin.taskId }, commitAckSchema)
  return receipt
}

async function sendChunks(
  wire: Wire,
  { taskId, bytes }: UpdateBegin,
  params: FlatParams,
  held: number,
  onProgress: (fraction: number) => void,
): Promise<void> {
  const flying: Promise<void>[] = []
  let acknowledged = held
  for (let offset = held; offset < bytes; offset += CHUNK_BYTES) {
    const data = readBytes(params, offset, Math.min(CHUNK_BYTES, bytes - offset))
    const sent = ask(wire, EVENTS.updateChunk, { taskId, offset, data }, chunkAckSchema).then((answer) => {
      acknowledged = Math.max(acknowledged, answer.held)
      onProgress(acknowledged / bytes)
    })
    // A failure is met where it is awaited; until then it must not count as unhandled.
    sent.catch(() => {})
    flying.push(sent)
    if (flying.length >= CHUNK_WINDOW) await flying.shift()
  }
  await Promise.all(flying)
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
  const answer = parsed.data as T & { code?: string; message?: string }
  if (!answer.ok) throw TributaryError.from({ code: answer.code ?? 'internal', message: answer.message ?? '' })
  return answer as unknown as Exclude<T, { ok: false }>
}
