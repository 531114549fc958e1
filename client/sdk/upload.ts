import { EVENTS } from '../../shared/protocol/events.ts'
import {
  beginAckSchema,
  chunkAckSchema,
  commitAckSchema,
  type Receipt,
  type UpdateBegin,
} from '../../shared/protocol/participant.ts'
import { readBytes } from '../../shared/tensors/bytes.ts'
import type { FlatParams } from '../../shared/tensors/flat.ts'
import { ask } from './ask.ts'
import { Pace } from './pace.ts'
import type { Wire } from './wire.ts'

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
  const pace = new Pace()
  const flying: Promise<void>[] = []
  let acknowledged = held
  if (held > 0) onProgress(held / bytes)
  const send = async (offset: number, size: number): Promise<void> => {
    const sentAt = Date.now()
    const data = readBytes(params, offset, size)
    const answer = await ask(wire, EVENTS.updateChunk, { taskId, offset, data }, chunkAckSchema)
    pace.acknowledged(Date.now() - sentAt)
    acknowledged = Math.max(acknowledged, answer.held)
    onProgress(acknowledged / bytes)
  }
  for (let offset = held; offset < bytes; ) {
    while (flying.length >= pace.window) await flying.shift()
    const size = Math.min(pace.bytes, bytes - offset)
    const sent = send(offset, size)
    // A failure is met where it is awaited; until then it must not count as unhandled.
    sent.catch(() => {})
    flying.push(sent)
    offset += size
  }
  await Promise.all(flying)
}
