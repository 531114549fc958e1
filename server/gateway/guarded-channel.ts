/**
 * A channel that keeps its client in order: what is too much is answered with a refusal and goes no further; a client
 * that goes on is dismissed with a reason and cut off. The gateway behind it sees an ordinary channel.
 */
import { EVENTS } from '../../shared/protocol/events.ts'
import type { Dismissed } from '../../shared/protocol/participant.ts'
import type { Log } from '../logging/log.ts'
import type { ClientChannel } from './channel.ts'
import type { Conduct } from './conduct.ts'

export interface GuardOptions {
  readonly conduct: Conduct
  readonly log: Log
  /** Whose token this is, or null. */
  readonly identify: (token: string) => string | null
}

/** Events that are never answered, unless with a refusal. */
const UNANSWERED: ReadonlySet<string> = new Set([EVENTS.accept, EVENTS.progress])

export function guarded(channel: ClientChannel, { conduct, log, identify }: GuardOptions): ClientChannel {
  const guest = conduct.arrive(channel.address)
  let client: string | null = null
  let over = false

  /** `event`: what it was cut off at. */
  const dismiss = (dismissed: Dismissed, event: string) => {
    if (over) return
    over = true
    log.warn({ client, address: channel.address, code: dismissed.code, event: event.slice(0, 60) }, dismissed.message)
    channel.send(EVENTS.dismissed, dismissed)
    channel.close(dismissed.code)
  }

  const stopWaiting = conduct.clock.after(conduct.limits.helloMs, () => {
    if (client !== null) return
    const seconds = Math.round(conduct.limits.helloMs / 1000)
    conduct.refusals.add('protocol/no-session')
    const message = `The connection has said no hello for ${seconds} s. Reload the page to join.`
    dismiss({ code: 'protocol/no-session', message, retryMs: 0 }, EVENTS.hello)
  })

  /** Learns from the gateway's answers who this is, and what was wrong. */
  const learn = (event: string, answer: unknown) => {
    const { ok, code, clientId } = fieldsOf(answer)
    if (event === EVENTS.hello && ok === true && typeof clientId === 'string') {
      client = clientId
      stopWaiting()
      guest.becomes(clientId)
    }
    if (over || ok !== false || typeof code !== 'string') return
    const dismissed = guest.fault(code)
    if (dismissed) dismiss(dismissed, event)
  }

  return {
    ...channel,
    onEvent: (handler) =>
      channel.onEvent((event, payload, reply) => {
        if (over) return
        const awaited = reply !== null && !UNANSWERED.has(event)
        const judged = guest.event(event, chunkBytes(payload), awaited)
        if (judged.kind === 'cut-off') return dismiss(judged.dismissed, event)
        if (judged.kind === 'refuse') return reply?.(judged.refusal)
        let open = awaited
        const answer = (given: unknown) => {
          if (open) guest.answered()
          open = false
          // The answer first: it tells what was wrong, also where it was once too often.
          reply?.(given)
          learn(event, given)
        }
        if (event === EVENTS.hello) {
          const token = fieldsOf(payload).resumeToken
          const refusal = guest.hello(typeof token === 'string' ? identify(token) : null)
          if (refusal) return answer(refusal)
        }
        handler(event, payload, answer)
      }),
    onClosed: (handler) =>
      channel.onClosed((reason) => {
        stopWaiting()
        handler(reason)
      }),
  }
}

function fieldsOf(value: unknown): { readonly [field: string]: unknown } {
  return typeof value === 'object' && value !== null ? (value as { readonly [field: string]: unknown }) : {}
}

function chunkBytes(payload: unknown): number {
  const { data } = fieldsOf(payload)
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data.byteLength : 0
}
