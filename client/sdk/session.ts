/**
 * A client's session with a coordinator: hello, tasks in, updates out, over a wire that may come and go.
 * Knows nothing of pages, data or tensors' meaning. One task at a time.
 */
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import {
  type Capabilities,
  type DatasetSummary,
  helloAckSchema,
  jobInfoSchema,
  type Task,
  taskCancelSchema,
  taskSchema,
} from '../../shared/protocol/participant.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import type { BlobCache } from './blob-cache.ts'
import type { SessionEvent, TaskPerformer } from './events.ts'
import { TaskRun } from './task-run.ts'
import { ask } from './upload.ts'
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
}

const PAUSED = 'The participant paused.'

export class Session {
  private readonly options: SessionOptions
  private resumeToken: string | undefined
  private run: TaskRun | null = null
  private available = true
  private ended = false
  private welcomed = false
  /** A task that overtook the answer to hello, which carries the token that it needs. */
  private early: Task | null = null

  constructor(options: SessionOptions) {
    this.options = options
    const { wire, onEvent } = options
    onEvent({ type: 'connection', state: 'connecting' })
    wire.on(EVENTS.task, (payload) => this.onTask(payload))
    wire.on(EVENTS.taskCancel, (payload) => this.onCancel(payload))
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

  private async hello(): Promise<void> {
    const { wire, capabilities, dataset, onEvent } = this.options
    const message = { protocol: PROTOCOL_VERSION, capabilities, dataset, resumeToken: this.resumeToken }
    try {
      const welcome = await ask(wire, EVENTS.hello, message, helloAckSchema)
      this.resumeToken = welcome.resumeToken
      onEvent({ type: 'connection', state: 'connected' })
      onEvent({ type: 'welcome', clientId: welcome.clientId })
      onEvent({ type: 'job', job: welcome.job })
      if (!this.available) await this.tellAvailability(false)
      this.run?.reconnected()
      this.welcomed = true
      if (this.early) this.take(this.early)
      this.early = null
    } catch (thrown) {
      this.refused(thrown)
    }
  }

  private refused(thrown: unknown): void {
    const error = errorInfo(thrown)
    // Lost again in the middle of it: the next connection says hello anew.
    if (error.code === 'network/unreachable') {
      // The wire may be up all the same, and only the answer have taken too long.
      if (this.options.wire.up && !this.ended) void this.hello()
      return
    }
    if (error.code === 'access/bad-token' && this.resumeToken !== undefined) {
      // The coordinator was set up anew; this tab is new to it.
      this.resumeToken = undefined
      return void this.hello()
    }
    this.ended = true
    this.run?.abort()
    this.options.wire.close()
    this.options.onEvent({ type: 'problem', error, fatal: true })
  }

  private async tellAvailability(leave: boolean): Promise<void> {
    // Where the wire is down, the next hello brings it up to date; a lost goodbye is noticed by the grace time.
    await this.options.wire.request(EVENTS.availability, { available: this.available, leave }).catch(() => {})
  }

  private onTask(payload: unknown): void {
    const parsed = taskSchema.safeParse(payload)
    if (!parsed.success) return this.malformed(EVENTS.task)
    if (this.welcomed) this.take(parsed.data)
    else this.early = parsed.data
  }

  private take(task: Task): void {
    if (this.ended || (this.run?.task.taskId === task.taskId && !this.run.aborted)) return
    this.run?.abort()
    const run = new TaskRun(task, { ...this.options, token: this.resumeToken }, () => {
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

  private onJob(payload: unknown): void {
    const parsed = jobInfoSchema.safeParse(payload)
    if (!parsed.success) return this.malformed(EVENTS.job)
    this.options.onEvent({ type: 'job', job: parsed.data })
  }

  private malformed(event: string): void {
    const error = new TributaryError(
      'protocol/malformed',
      `The coordinator’s message ${event} does not fit the protocol. Reload the page.`,
    )
    this.options.onEvent({ type: 'problem', error: error.toInfo(), fatal: false })
  }
}
