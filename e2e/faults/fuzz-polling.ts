/** Long polling that no Socket.IO client does: a real handshake, then bodies that are no packets. */
import type { Life } from './fuzz-lives.ts'
import { CLIENT_EVENTS, validMessage } from './fuzz-messages.ts'
import { mutate } from './fuzz-mutations.ts'
import { hex, pick } from './fuzz-values.ts'

/** A poll is held open by the coordinator until it has something to say. */
const ANSWER_MS = 1500
const OVERSIZE = 1_700_000
const SEPARATOR = '\u001e'

export async function pollingGarbage(life: Life): Promise<void> {
  const opened = await exchange(life, 'handshake', 'GET', '')
  const sid = /"sid":"([^"]+)"/.exec(opened)?.[1]
  if (!sid) return
  await exchange(life, 'connect', 'POST', sid, '40')
  for (let i = 0; i < 6; i++) await exchange(life, 'body', 'POST', sid, body(life))
  // Two polls at once break Engine.IO's rules: both end.
  await Promise.all([1, 2].map(() => exchange(life, 'two polls at once', 'GET', sid)))
}

function body({ draws, target }: Life): string | Uint8Array {
  const event = pick(draws, CLIENT_EVENTS)
  const message = JSON.stringify([event, mutate(validMessage(event, draws, target), draws)])
  return pick<() => string | Uint8Array>(draws, [
    () => `42${draws.int(1000)}${message}`,
    () => Array.from({ length: 500 }, () => '6').join(SEPARATOR),
    () => SEPARATOR.repeat(1 + draws.int(1000)),
    () => 'x'.repeat(OVERSIZE),
    () => `b${hex(draws, 100)}!!!`,
    () => `451-${message}${SEPARATOR}b####`,
    () => '',
    () => hex(draws, 1 + draws.int(3000)),
    () => Uint8Array.from({ length: 1000 }, () => draws.int(256)),
  ])()
}

async function exchange(
  life: Life,
  kind: string,
  method: string,
  sid: string,
  sent?: string | Uint8Array,
): Promise<string> {
  const { target, ledger, address } = life
  const url = `http://127.0.0.1:${target.port}/socket.io/?EIO=4&transport=polling${sid ? `&sid=${sid}` : ''}`
  const headers = { ...(address ? { 'X-Forwarded-For': address } : {}), Connection: 'close' }
  ledger.send(`polling: ${kind}`)
  try {
    const signal = AbortSignal.timeout(ANSWER_MS)
    const response = await fetch(url, {
      method,
      headers,
      signal,
      ...(sent === undefined ? {} : { body: Buffer.from(sent) }),
    })
    if (response.status >= 500) ledger.fault(`polling: ${kind}`, `answered ${response.status}`)
    ledger.note(`HTTP ${response.status}`)
    return await response.text()
  } catch {
    // The coordinator ends the connection of what is too large, and a poll may wait for ever.
    ledger.note('HTTP: connection closed')
    return ''
  }
}
