/**
 * Sessions of clients over channels: hello, tasks out, updates in. Knows neither rounds nor Socket.IO.
 * Here the trust boundary runs: nothing a client sends goes further before its schema has passed.
 */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../shared/clock/clock.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import { parseMessage, protocolOf } from '../../shared/protocol/parse.ts'
import {
  acceptSchema,
  availabilitySchema,
  type Capabilities,
  declineSchema,
  type Hello,
  helloSchema,
  type JobInfo,
  presentAckSchema,
  progressSchema,
  type Task,
  type TaskCancel,
  type TaskSettled,
  updateBeginSchema,
  updateChunkSchema,
  updateCommitSchema,
} from '../../shared/protocol/participant.ts'
import { judgeProtocol, PRESENT_MS } from '../../shared/protocol/version.ts'
import { authorize } from '../access/authorize.ts'
import { signClientId, verifyClientToken } from '../access/tokens.ts'
import type { Log } from '../logging/log.ts'
import type { ClientChannel } from './channel.ts'
import type { ClientEvents, ClientInfo, TaskSender } from './ports.ts'
import type { Session } from './session.ts'
import type { Ingest } from './uploads/ingest.ts'
import { refusalFor, refuse } from './uploads/refusals.ts'

export interface GatewayOptions {
  readonly clock: Clock
  readonly log: Log
  readonly signingKey: string
  readonly graceMs: () => number
  readonly ingest: Ingest
}

type Reply = (answer: unknown) => void

interface Connection {
  readonly channel: ClientChannel
  session: Session | null
  closed: boolean
  greeting: Promise<void>
}

export class Gateway implements TaskSender {
  private readonly options: GatewayOptions
  private readonly sessions = new Map<string, Session>()
  private events: ClientEvents | null = null

  constructor(options: GatewayOptions) {
    this.options = options
  }

  /** Who is told what clients do. Set once, before the first channel. */
  listen(events: ClientEvents): void {
    this.events = events
  }

  /** Takes a new connection. */
  attach(channel: ClientChannel): void {
    const connection: Connection = { channel, session: null, closed: false, greeting: Promise.resolve() }
    channel.onEvent((event, payload, reply) => {
      const answer: Reply = reply ?? (() => {})
      const handled =
        event === EVENTS.hello ? this.greet(connection, payload, answer) : this.pass(connection, event, payload, answer)
      handled.catch((thrown) => {
        const client = connection.session?.id
        this.options.log.error({ client, event, error: String(thrown) }, 'An event could not be handled.')
        answer(refusalFor(thrown))
      })
    })
    channel.onAlive(() => {
      if (this.isCurrent(connection)) this.events?.seen(connection.session.id)
    })
    channel.onClosed((reason) => {
      connection.closed = true
      if (!this.isCurrent(connection)) return
      // Whoever was cut off does not come back in time: nobody waits for its task.
      if (reason === 'access/misbehaved') this.end(connection.session, 'It misbehaved and was cut off.')
      else this.lose(connection.session)
    })
  }

  /** One hello after the other: the answer to one may take a moment. */
  private greet(connection: Connection, payload: unknown, answer: Reply): Promise<void> {
    const next = connection.greeting.then(() => this.hello(connection, payload, answer))
    connection.greeting = next.catch(() => {})
    return next
  }

  private async pass(connection: Connection, event: string, payload: unknown, answer: Reply): Promise<void> {
    if (this.isCurrent(connection)) await this.handle(connection.session, event, payload, answer)
    else answer(NO_SESSION)
  }

  sendTask(clientId: string, task: Task): void {
    this.send(clientId, EVENTS.task, task)
  }

  cancelTask(clientId: string, cancel: TaskCancel): void {
    this.sessions.get(clientId)?.uploads.drop(cancel.taskId)
    this.send(clientId, EVENTS.taskCancel, cancel)
  }

  settleTask(clientId: string, settled: TaskSettled): void {
    this.send(clientId, EVENTS.taskSettled, settled)
  }

  announceJob(job: JobInfo): void {
    for (const id of this.sessions.keys()) this.send(id, EVENTS.job, job)
  }

  /** Sessions, by whether their connection is open. */
  counts(): { connected: number; away: number } {
    const all = [...this.sessions.values()]
    const away = all.filter((session) => session.link.state === 'away').length
    return { connected: all.length - away, away }
  }

  clients(): ClientInfo[] {
    return [...this.sessions.values()].map(({ id, capabilities, dataset, available }) => ({
      id,
      capabilities,
      dataset,
      available,
    }))
  }

  private send(clientId: string, event: string, payload: unknown): void {
    const link = this.sessions.get(clientId)?.link
    if (link?.state === 'connected') link.channel.send(event, payload)
  }

  private async hello(connection: Connection, payload: unknown, answer: Reply): Promise<void> {
    // The version is judged before the rest is parsed: another version's hello may look different.
    const protocol = protocolOf(payload)
    const verdict = protocol === null ? null : judgeProtocol(protocol)
    if (verdict && !verdict.ok) return answer(verdict)
    const parsed = parseMessage(EVENTS.hello, helloSchema, payload)
    if (!parsed.ok) return answer(parsed)
    const { events, options } = this
    authorize({ kind: 'anonymous' }, 'join', 'session')
    if (!events) return answer(refuse('internal', 'The coordinator is still starting. Try again.', 1000))

    const hello = parsed.data
    const proved = hello.resumeToken ? verifyClientToken(options.signingKey, hello.resumeToken) : null
    if (hello.resumeToken && !proved) {
      return answer(
        refuse('access/bad-token', 'This tab’s token is not of this coordinator. Reload the page to join anew.'),
      )
    }
    const id = proved ? await this.idFor(proved, hello.nonce, connection) : newClientId()
    // Nobody would ever notice that a session's connection has ended if it ended before the session began.
    if (connection.closed) return
    const wanted = this.sessions.get(id)?.available
    const { session, resumed } = this.take(id, connection, hello)
    if (resumed) this.adapt(session, hello.capabilities)
    const { capabilities, dataset, available } = session
    answer({
      ok: true,
      clientId: id,
      resumeToken: signClientId(options.signingKey, id),
      resumed,
      ineligible: events.ineligible(session),
      job: events.jobInfo(),
    })
    if (!resumed) return events.joined({ id, capabilities, dataset, available })
    if (available !== wanted) events.available(id, available)
    events.resumed(id)
  }

  /** The id that the token proved, unless its page is alive on another connection: then whoever has come is a copy of it. */
  private async idFor(proved: string, nonce: string, { channel }: Connection): Promise<string> {
    let asked: ClientChannel | null = null
    for (;;) {
      const session = this.sessions.get(proved)
      if (!session || session.nonce === nonce || session.link.state === 'away') return proved
      const old = session.link.channel
      if (old === channel || old === asked) return proved
      // Another may have come while that one was being asked; then it is asked as well.
      asked = old
      const answer = presentAckSchema.safeParse(await old.ask(EVENTS.present, {}, PRESENT_MS))
      if (answer.success && answer.data.nonce === session.nonce) return newClientId()
    }
  }

  /** Gives the connection its client's session: the one that is there, or a new one. */
  private take(id: string, connection: Connection, hello: Hello): { session: Session; resumed: boolean } {
    const before = connection.session
    const known = this.sessions.get(id)
    // A reloaded page with other data cannot go on with what it had promised.
    const other = known && known.nonce !== hello.nonce && !sameData(known.dataset, hello.dataset)
    if (known && other) {
      this.end(known, 'The page was loaded anew with other data.')
      if (known.link.state === 'connected' && known.link.channel !== connection.channel) known.link.channel.close()
    }
    const session =
      known && !other ? this.resume(known, connection.channel, hello) : this.open(id, connection.channel, hello)
    // One connection is one client: whoever it was before is gone, since nothing would ever be heard of it again.
    if (before && before !== session && this.isCurrent(connection)) {
      this.end(before, 'Its connection began another session.')
    }
    connection.session = session
    return { session, resumed: session === known }
  }

  private open(id: string, channel: ClientChannel, { capabilities, dataset, nonce, available }: Hello): Session {
    const link = { state: 'connected', channel } as const
    const session: Session = {
      id,
      nonce,
      available,
      capabilities,
      dataset,
      uploads: this.options.ingest.client(),
      link,
    }
    this.sessions.set(id, session)
    return session
  }

  private resume(session: Session, channel: ClientChannel, { nonce, available }: Hello): Session {
    const { link } = session
    session.link = { state: 'connected', channel }
    Object.assign(session, { nonce, available })
    if (link.state === 'away') link.takeBack()
    else if (link.channel !== channel) link.channel.close()
    return session
  }

  private adapt(session: Session, capabilities: Capabilities): void {
    if (JSON.stringify(capabilities) === JSON.stringify(session.capabilities)) return
    session.capabilities = capabilities
    const { id, dataset, available } = session
    this.events?.computesOtherwise({ id, capabilities, dataset, available })
  }

  /** Whether the connection's session lives, and over this connection. */
  private isCurrent(connection: Connection): connection is Connection & { readonly session: Session } {
    const { session, channel } = connection
    if (!session || this.sessions.get(session.id) !== session) return false
    return session.link.state === 'connected' && session.link.channel === channel
  }

  private lose(session: Session): void {
    const takeBack = this.options.clock.after(this.options.graceMs(), () => {
      this.end(session, 'The connection was lost and did not come back.')
    })
    session.link = { state: 'away', takeBack }
    this.events?.lost(session.id)
  }

  private end(session: Session, reason: string): void {
    if (session.link.state === 'away') session.link.takeBack()
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
        else {
          session.available = message.available
          events.available(id, message.available)
        }
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
        if (message.capabilities) this.adapt(session, message.capabilities)
        const verdict = await events.updateOffered(id, message)
        // Had it ended meanwhile, the bytes in flight would never be given back.
        if (this.sessions.get(id) !== session) return answer(NO_SESSION)
        // While it was being judged, its task may have ended; then nobody would ever free what it takes.
        if (verdict.kind === 'take' && events.wants(id, message.taskId)) {
          return answer(await uploads.begin(message, verdict.vectors))
        }
        uploads.drop(message.taskId)
        if (verdict.kind === 'take') return answer(NO_LONGER)
        return answer(verdict.kind === 'receipt' ? { ok: true, receipt: verdict.receipt } : verdict.refusal)
      }
      case EVENTS.updateChunk: {
        const message = parse(updateChunkSchema)
        if (!message) return
        const ack = await uploads.chunk(message)
        if (ack.ok) this.options.log.milestone('chunk-held', { client: id, task: message.taskId })
        return answer(ack)
      }
      case EVENTS.updateCommit: {
        const message = parse(updateCommitSchema)
        if (!message) return
        const whole = await uploads.commit(message.taskId)
        if ('ok' in whole) return answer(whole)
        this.options.log.milestone('upload-complete', { client: id, task: message.taskId })
        try {
          return answer({ ok: true, receipt: await events.updateArrived(id, whole.begin, whole.source) })
        } finally {
          await whole.release()
        }
      }
      default: {
        const sentence = `No event is named ${event.slice(0, 60)}.`
        events.fault(id, sentence)
        return answer(refuse('protocol/malformed', sentence))
      }
    }
  }
}

const NO_LONGER = refuse(
  'update/not-begun',
  'The task ended while its update was offered. Offer it again to learn how.',
)
const NO_SESSION = refuse('protocol/no-session', 'Say hello first: this connection has no session.')

function newClientId(): string {
  return `c-${randomBytes(9).toString('base64url')}`
}

function sameData(a: Hello['dataset'], b: Hello['dataset']): boolean {
  return a.source === b.source && a.train === b.train && a.validation === b.validation
}
