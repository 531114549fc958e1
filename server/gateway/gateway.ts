/**
 * Sessions of clients over channels: hello, tasks out, updates in. Knows neither rounds nor Socket.IO.
 * Here the trust boundary runs: nothing a client sends goes further before its schema has passed.
 */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../shared/clock/clock.ts'
import { errorInfo } from '../../shared/errors/error.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import { parseMessage, protocolOf } from '../../shared/protocol/parse.ts'
import {
  acceptSchema,
  availabilitySchema,
  declineSchema,
  type Hello,
  helloSchema,
  type JobInfo,
  progressSchema,
  type Task,
  type TaskCancel,
  updateBeginSchema,
  updateChunkSchema,
  updateCommitSchema,
} from '../../shared/protocol/participant.ts'
import { judgeProtocol } from '../../shared/protocol/version.ts'
import { authorize } from '../access/authorize.ts'
import { signClientId, verifyClientToken } from '../access/tokens.ts'
import type { Log } from '../logging/log.ts'
import type { ClientChannel } from './channel.ts'
import type { ClientEvents, ClientInfo, TaskSender } from './ports.ts'
import type { Session } from './session.ts'
import { FlightBudget, Uploads } from './uploads.ts'

export interface GatewayOptions {
  readonly clock: Clock
  readonly log: Log
  readonly signingKey: string
  readonly graceMs: () => number
  readonly maxBytesInFlight: number
}

type Reply = (answer: unknown) => void

export class Gateway implements TaskSender {
  private readonly options: GatewayOptions
  private readonly sessions = new Map<string, Session>()
  private readonly budget: FlightBudget
  private events: ClientEvents | null = null

  constructor(options: GatewayOptions) {
    this.options = options
    this.budget = new FlightBudget(options.maxBytesInFlight)
  }

  /** Who is told what clients do. Set once, before the first channel. */
  listen(events: ClientEvents): void {
    this.events = events
  }

  /** Takes a new connection. */
  attach(channel: ClientChannel): void {
    let session: Session | null = null
    channel.onEvent((event, payload, reply) => {
      const answer: Reply = reply ?? (() => {})
      if (event === EVENTS.hello) {
        const before = session
        session = this.hello(channel, payload, answer) ?? before
        // One connection is one client: whoever it was before is gone, since nothing would ever be heard of it again.
        if (before && before !== session && this.isCurrent(before, channel)) {
          this.end(before, 'Its connection began another session.')
        }
        return
      }
      if (!session || !this.isCurrent(session, channel)) {
        answer(NO_SESSION)
        return
      }
      this.handle(session, event, payload, answer).catch((thrown) => {
        this.options.log.error({ client: session?.id, event, error: String(thrown) }, 'An event could not be handled.')
        answer({ ok: false, ...errorInfo(thrown) })
      })
    })
    channel.onAlive(() => {
      if (session && this.isCurrent(session, channel)) this.events?.seen(session.id)
    })
    channel.onClosed(() => {
      if (session && this.isCurrent(session, channel)) this.lose(session)
    })
  }

  sendTask(clientId: string, task: Task): void {
    this.send(clientId, EVENTS.task, task)
  }

  cancelTask(clientId: string, cancel: TaskCancel): void {
    this.sessions.get(clientId)?.uploads.drop(cancel.taskId)
    this.send(clientId, EVENTS.taskCancel, cancel)
  }

  announceJob(job: JobInfo): void {
    for (const id of this.sessions.keys()) this.send(id, EVENTS.job, job)
  }

  clients(): ClientInfo[] {
    return [...this.sessions.values()].map(({ id, capabilities, dataset }) => ({ id, capabilities, dataset }))
  }

  private send(clientId: string, event: string, payload: unknown): void {
    const link = this.sessions.get(clientId)?.link
    if (link?.state === 'connected') link.channel.send(event, payload)
  }

  private hello(channel: ClientChannel, payload: unknown, answer: Reply): Session | null {
    const refuse = (why: unknown): null => {
      answer(why)
      return null
    }
    // The version is judged before the rest is parsed: another version's hello may look different.
    const protocol = protocolOf(payload)
    const verdict = protocol === null ? null : judgeProtocol(protocol)
    if (verdict && !verdict.ok) return refuse(verdict)
    const parsed = parseMessage(EVENTS.hello, helloSchema, payload)
    if (!parsed.ok) return refuse(parsed)
    const { events, options } = this
    authorize({ kind: 'anonymous' }, 'join', 'session')
    if (!events) return refuse(refusal('internal', 'The coordinator is still starting. Try again.'))

    const proved = parsed.data.resumeToken ? verifyClientToken(options.signingKey, parsed.data.resumeToken) : null
    if (parsed.data.resumeToken && !proved) {
      return refuse(
        refusal('access/bad-token', 'This tab’s token is not of this coordinator. Reload the page to join anew.'),
      )
    }
    const known = proved ? this.sessions.get(proved) : undefined
    const session = known
      ? this.resume(known, channel, parsed.data)
      : this.open(proved ?? newClientId(), channel, parsed.data)
    answer({
      ok: true,
      clientId: session.id,
      resumeToken: signClientId(options.signingKey, session.id),
      job: events.jobInfo(),
    })
    if (known) events.resumed(session.id)
    else events.joined({ id: session.id, capabilities: session.capabilities, dataset: session.dataset })
    return session
  }

  private open(id: string, channel: ClientChannel, { capabilities, dataset }: Hello): Session {
    const link = { state: 'connected', channel } as const
    const session: Session = { id, capabilities, dataset, uploads: new Uploads(this.budget), link }
    this.sessions.set(id, session)
    return session
  }

  private resume(session: Session, channel: ClientChannel, { capabilities }: Hello): Session {
    const { link } = session
    session.link = { state: 'connected', channel }
    session.capabilities = capabilities
    if (link.state === 'away') link.takeBack()
    else if (link.channel !== channel) link.channel.close()
    return session
  }

  /** Whether the session lives, and over this connection. */
  private isCurrent(session: Session, channel: ClientChannel): boolean {
    const { id, link } = session
    return this.sessions.get(id) === session && link.state === 'connected' && link.channel === channel
  }

  private lose(session: Session): void {
    const takeBack = this.options.clock.after(this.options.graceMs(), () => {
      this.end(session, 'The connection was lost and did not come back.')
    })
    session.link = { state: 'away', takeBack }
    this.events?.lost(session.id)
  }

  private end(session: Session, reason: string): void {
    session.uploads.dropAll()
    this.sessions.delete(session.id)
    this.events?.gone(session.id, reason)
  }

  private async handle(session: Session, event: string, payload: unknown, answer: Reply): Promise<void> {
    const events = this.events as ClientEvents
    const { id, uploads } = session
    authorize({ kind: 'participant', clientId: id }, 'answer', 'session')
    const parse = <T>(schema: Parameters<typeof parseMessage<T>>[1]): T | null => {
      const parsed = parseMessage(event, schema, payload)
      if (parsed.ok) return parsed.data
      events.fault(id, parsed.message)
      answer(parsed)
      return null
    }
    switch (event) {
      case EVENTS.availability: {
        const message = parse(availabilitySchema)
        if (!message) return
        if (message.leave) this.end(session, 'The participant left.')
        else events.available(id, message.available)
        return answer({ ok: true })
      }
      case EVENTS.accept: {
        const message = parse(acceptSchema)
        if (message) events.accepted(id, message.taskId)
        return
      }
      case EVENTS.decline: {
        const message = parse(declineSchema)
        if (!message) return
        uploads.drop(message.taskId)
        events.declined(id, message)
        return answer({ ok: true })
      }
      case EVENTS.progress: {
        const message = parse(progressSchema)
        if (message) events.progress(id, message)
        return
      }
      case EVENTS.updateBegin: {
        const message = parse(updateBeginSchema)
        if (!message) return
        const verdict = await events.updateOffered(id, message)
        // Had it ended meanwhile, the bytes in flight would never be given back.
        if (this.sessions.get(id) !== session) return answer(NO_SESSION)
        if (verdict.kind === 'take') return answer(uploads.begin(message, verdict.elements))
        return answer(verdict.kind === 'receipt' ? { ok: true, receipt: verdict.receipt } : verdict.refusal)
      }
      case EVENTS.updateChunk: {
        const message = parse(updateChunkSchema)
        if (message) answer(uploads.chunk(message))
        return
      }
      case EVENTS.updateCommit: {
        const message = parse(updateCommitSchema)
        if (!message) return
        const whole = uploads.commit(message.taskId)
        if ('ok' in whole) return answer(whole)
        return answer({ ok: true, receipt: await events.updateArrived(id, whole.begin, whole.params) })
      }
      default: {
        const sentence = `No event is named ${event.slice(0, 60)}.`
        events.fault(id, sentence)
        return answer(refusal('protocol/malformed', sentence))
      }
    }
  }
}

const NO_SESSION = refusal('protocol/no-session', 'Say hello first: this connection has no session.')

function newClientId(): string {
  return `c-${randomBytes(9).toString('base64url')}`
}

function refusal(code: string, message: string) {
  return { ok: false as const, code, message }
}
