/**
 * A client's session with a coordinator: hello, tasks in, updates out, over a wire that may come and go.
 * Knows nothing of pages, data or tensors' meaning. One task at a time.
 */
import { type ErrorInfo, errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import {
  type Capabilities,
  type DatasetSummary,
  dismissedSchema,
  helloAckSchema,
  isOver,
  type JobInfo,
  jobInfoSchema,
  type Task,
  taskCancelSchema,
  taskSchema,
  taskSettledSchema,
} from '../../shared/protocol/participant.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { ask, RefusedError } from './ask.ts'
import type { BlobCache } from './blob-cache.ts'
import { Downloads } from './blob-download.ts'
import type { SessionEvent, TaskPerformer } from './events.ts'
import { jittered } from './jitter.ts'
import { makeNonce } from './nonce.ts'
import { TaskRun } from './task-run.ts'
import type { Wire } from './wire.ts'

export interface SessionOptions {
  /** The coordinator's origin. */
  readonly url: string
  readonly wire: Wire
  readonly cache: BlobCache
  readonly capabilities: Capabilities
  readonly dataset: DatasetSummary
  readonly performer: TaskPerformer
  readonly onEvent: (event: SessionEvent) => void
  /** Of an earlier session of this tab: its client goes on. */
  readonly resumeToken?: string | undefined
  /** Of this page load; made here where it is not given. */
  readonly nonce?: string | undefined
  /** Whether tasks are wanted from the start; they are by default. */
  readonly available?: boolean | undefined
}

const PAUSED = 'The participant paused.'

/** How long a connection that may be dead has to answer. */
const CHECK_MS = 3000
/** Devices whose network is back come back spread over this. */
const WAKE_SPREAD_MS = 500

export class Session {
  private readonly options: SessionOptions
  private readonly nonce: string
  private readonly downloads = new Downloads()
  private resumeToken: string | undefined
  private clientId: string | null = null
  private run: TaskRun | null = null
  private available: boolean
  private capabilities: Capabilities
  private ended = false
  private welcomed = false
  private checking = false
  /** Until when the coordinator wants to hear nothing. */
  private quietUntil = 0
  /** A task that overtook the answer to hello, which carries the token that it needs. */
  private early: Task | null = null

  constructor(options: SessionOptions) {
    this.options = options
    this.nonce = options.nonce ?? makeNonce()
    this.resumeToken = options.resumeToken
    this.available = options.available ?? true
    this.capabilities = options.capabilities
    const { wire, onEvent } = options
    onEvent({ type: 'connection', state: 'connecting' })
    wire.on(EVENTS.task, (payload) => this.onTask(payload))
    wire.on(EVENTS.taskCancel, (payload) => this.onCancel(payload))
    wire.on(EVENTS.taskSettled, (payload) => this.onSettled(payload))
    wire.on(EVENTS.present, (_, reply) => reply?.({ nonce: this.nonce }))
    wire.on(EVENTS.dismissed, (payload) => this.onDismissed(payload))
    wire.on(EVENTS.job, (payload) => this.onJob(payload))
    wire.onDown(() => {
      this.welcomed = false
      this.early = null
      if (!this.ended) onEvent({ type: 'connection', state: 'reconnecting' })
    })
    wire.onUp(() => void this.hello())
    if (wire.up) void this.hello()
  }

  /** Whether tasks are wanted. While they are not, the present one is given back. */
  async setAvailable(available: boolean): Promise<void> {
    this.available = available
    // First that no task is wanted, then the present one back: the other way round a new one might come in between.
    const told = this.tellAvailability(false)
    if (!available) this.run?.decline('training/cancelled', PAUSED)
    await told
  }

  /** Ends the session for good. */
  async leave(): Promise<void> {
    this.ended = true
    this.run?.abort()
    await this.tellAvailability(true)
    this.options.wire.close()
  }

  /** The device was asleep or its network away: finds out at once whether the connection still carries. */
  async check(): Promise<void> {
    const { wire } = this.options
    this.downloads.stir()
    if (this.ended || this.checking || Date.now() < this.quietUntil) return
    if (!wire.up) return wire.renew(Math.random() * WAKE_SPREAD_MS)
    this.checking = true
    let timer: ReturnType<typeof setTimeout> | undefined
    const silence = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), CHECK_MS)
    })
    const answered = await Promise.race([this.tellAvailability(false), silence])
    clearTimeout(timer)
    this.checking = false
    if (!answered && !this.ended && wire.up) wire.renew()
  }

  private async hello(): Promise<void> {
    const { wire, dataset, onEvent } = this.options
    const { available, capabilities, resumeToken, nonce } = this
    const message = { protocol: PROTOCOL_VERSION, capabilities, dataset, resumeToken, nonce, available }
    try {
      const welcome = await ask(wire, EVENTS.hello, message, helloAckSchema)
      if (this.ended) return
      this.become(welcome.clientId, welcome.resumeToken)
      onEvent({ type: 'connection', state: 'connected' })
      const { clientId, resumed, ineligible, job } = welcome
      onEvent({ type: 'welcome', clientId, resumeToken: welcome.resumeToken, resumed, ineligible })
      this.tellJob(job)
      this.welcomed = true
      if (this.available !== available) void this.tellAvailability(false)
      this.downloads.stir()
      this.run?.reconnected()
      if (this.early) this.take(this.early)
      this.early = null
    } catch (thrown) {
      this.refused(thrown)
    }
  }

  private become(clientId: string, resumeToken: string): void {
    this.resumeToken = resumeToken
    // Another client now: the coordinator was set up anew, and nobody waits for the old one's task.
    if (this.clientId !== null && this.clientId !== clientId) this.run?.abort()
    this.clientId = clientId
  }

  private refused(thrown: unknown): void {
    if (this.ended) return
    const error = errorInfo(thrown)
    // Lost again in the middle of it: the next connection says hello anew.
    if (error.code === 'network/unreachable') {
      // The wire may be up all the same, and only the answer have taken too long.
      if (this.options.wire.up) void this.hello()
      return
    }
    if (thrown instanceof RefusedError && thrown.retryMs !== null) return this.stayAway(error, thrown.retryMs)
    if (error.code === 'access/bad-token' && this.resumeToken !== undefined) {
      // The coordinator was set up anew; this tab is new to it.
      this.resumeToken = undefined
      return void this.hello()
    }
    this.end(error)
  }

  /** The coordinator wants to hear nothing for a while. */
  private stayAway(error: ErrorInfo, retryMs: number): void {
    const pause = jittered(retryMs)
    this.quietUntil = Date.now() + pause
    this.options.wire.renew(pause)
    this.options.onEvent({ type: 'turned-away', error, retryMs: pause })
  }

  private end(error: ErrorInfo): void {
    this.ended = true
    this.run?.abort()
    this.options.wire.close()
    this.options.onEvent({ type: 'problem', error, fatal: true })
  }

  /** Whether it was heard. Where the wire is down, the next hello says it; a lost goodbye is noticed by the grace time. */
  private async tellAvailability(leave: boolean): Promise<boolean> {
    const telling = this.options.wire.request(EVENTS.availability, { available: this.available, leave })
    return telling.then(
      () => true,
      () => false,
    )
  }

  private onTask(payload: unknown): void {
    const parsed = taskSchema.safeParse(payload)
    if (!parsed.success) return this.malformed(EVENTS.task)
    if (this.welcomed) this.take(parsed.data)
    else this.early = parsed.data
  }

  private take(task: Task): void {
    if (this.ended) return
    // A reminder: what is done of it is not done again.
    if (this.run?.task.taskId === task.taskId && !this.run.aborted) return this.run.reminded()
    this.run?.abort()
    const { options, downloads } = this
    const onEvent = (event: SessionEvent) => {
      if (event.type === 'capabilities') {
        const { rates } = this.capabilities
        this.capabilities = { ...event.capabilities, ...(rates && { rates }) }
      }
      options.onEvent(event)
    }
    const own = { downloads, onEvent, token: () => this.resumeToken, ready: () => this.welcomed }
    const run = new TaskRun(task, { ...options, ...own }, () => {
      if (this.run === run) this.run = null
    })
    // Sent before the coordinator heard of the pause, or a reminder of a task that was given back while the wire was down.
    if (!this.available) return run.decline('training/cancelled', PAUSED)
    this.run = run
    run.start()
  }

  private onCancel(payload: unknown): void {
    const parsed = taskCancelSchema.safeParse(payload)
    if (!parsed.success) return this.malformed(EVENTS.taskCancel)
    const { taskId } = parsed.data
    if (this.run?.task.taskId === taskId) this.run.abort()
    if (this.early?.taskId === taskId) this.early = null
  }

  private onSettled(payload: unknown): void {
    const parsed = taskSettledSchema.safeParse(payload)
    if (!parsed.success) return this.malformed(EVENTS.taskSettled)
    const { taskId, outcome } = parsed.data
    if (this.run?.task.taskId === taskId) this.run.settled(outcome)
    this.options.onEvent({ type: 'settled', taskId, outcome })
  }

  private onDismissed(payload: unknown): void {
    const parsed = dismissedSchema.safeParse(payload)
    if (!parsed.success) return this.malformed(EVENTS.dismissed)
    if (this.ended) return
    const { code, message, retryMs } = parsed.data
    const error = TributaryError.from({ code, message }).toInfo()
    if (retryMs === null) return this.end(error)
    // Its task went with the session; what was accepted counts all the same (R6).
    if (!this.run?.waits) this.run?.abort()
    this.stayAway(error, retryMs)
  }

  private onJob(payload: unknown): void {
    const parsed = jobInfoSchema.safeParse(payload)
    if (!parsed.success) return this.malformed(EVENTS.job)
    this.tellJob(parsed.data)
  }

  private tellJob(job: JobInfo): void {
    // Nothing is open any more that an accepted update could be missing from.
    if (this.run?.waits && (isOver(job.state) || job.id !== this.run.task.job)) this.run.abort()
    this.options.onEvent({ type: 'job', job })
  }

  private malformed(event: string): void {
    const error = new TributaryError(
      'protocol/malformed',
      `The coordinator’s message ${event} does not fit the protocol. Reload the page.`,
    )
    this.options.onEvent({ type: 'problem', error: error.toInfo(), fatal: false })
  }
}
