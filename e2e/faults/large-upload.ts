/** An upload of any size by a raw client, in two parts: all of its bytes, and the commit. */
import type { RawAnswer, RawBegin, RawClient, RawReceipt } from '../raw/client.ts'
import { pause } from './pause.ts'

const CHUNK = 256 * 1024
const WINDOW = 4
/** A commit waits until the updates before it are summed. */
const PATIENCE_MS = 600_000

/** Resolves when the coordinator holds all bytes. Where it asks to wait, the upload goes on afterwards at what is held. */
export async function sendAll(client: RawClient, begin: RawBegin, bytes: Uint8Array): Promise<void> {
  for (;;) {
    const offered = await client.ask('update:begin', begin, PATIENCE_MS)
    const stopped = offered.ok ? await sendFrom(client, begin.taskId, bytes, offered.held ?? 0) : offered
    if (!stopped) return
    if (stopped.retryMs === undefined && stopped.code !== 'update/wrong-offset') throw new Error(stopped.message)
    await pause(stopped.retryMs ?? 0)
  }
}

export async function commit(client: RawClient, taskId: string): Promise<RawReceipt> {
  const { receipt, message } = await client.ask('update:commit', { taskId }, PATIENCE_MS)
  if (!receipt) throw new Error(message)
  return receipt
}

/** Null when all is held, else the first answer that says no. */
async function sendFrom(client: RawClient, taskId: string, bytes: Uint8Array, held: number): Promise<RawAnswer | null> {
  const flying: Promise<RawAnswer>[] = []
  let refused: RawAnswer | null = null
  const land = async () => {
    const answer = await (flying.shift() as Promise<RawAnswer>)
    if (!answer.ok) refused ??= answer
  }
  for (let at = held; at < bytes.length && !refused; at += CHUNK) {
    const data = bytes.slice(at, at + CHUNK)
    flying.push(client.ask('update:chunk', { taskId, offset: at, data }, PATIENCE_MS))
    if (flying.length >= WINDOW) await land()
  }
  while (flying.length > 0) await land()
  return refused
}
