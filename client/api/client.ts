/** A client of one's own program: models are received and sent in a loop that the program writes. */
import { TributaryError } from '../../shared/errors/error.ts'
import { isOver, type JobInfo, type Metrics, type Receipt, type Task } from '../../shared/protocol/participant.ts'
import { indexedDbCache } from '../sdk/blob-cache.ts'
import { type ReceivedModel as Download, downloadModel } from '../sdk/download.ts'
import type { Answer, SessionEvent, TrainingProgress } from '../sdk/events.ts'
import { Session } from '../sdk/session.ts'
import { socketWire } from '../sdk/socket-wire.ts'
import { watchWaking } from '../sdk/waking.ts'
import { type FLModel, ReceivedModel, type ReceivedParams, type TensorLike } from './fl-model.ts'
import { checkedMetrics, type Logged, progressOf, reportedMetrics } from './metrics.ts'
import { type ClientOptions, checkedOptions, type KnownOptions } from './options.ts'
import { differenceOf, namedTensors } from './params.ts'

/** What became of what was sent. `cancelled`: the round was over, or this client had left, before it was there. */
export interface Sent {
  readonly status: Exclude<Receipt['status'], 'rejected'> | 'cancelled'
}

/** Who this client is, and in which job. */
export interface SystemInfo {
  readonly clientId: string
  readonly jobId: string
  readonly jobName: string
  readonly url: string
  /** Given to the options of a later client, it goes on as this one. */
  readonly resumeToken: string
}

/** A task, from its arrival until its answer is handed over. */
interface Work {
  readonly task: Task
  readonly download: Download
  readonly model: ReceivedModel
  readonly onProgress: (progress: TrainingProgress) => void
  readonly answer: (answer: Answer) => void
  logged: Logged
}

/** Versions that stay on this machine between visits. */
const CACHED = 8

export class Client {
  private readonly options: KnownOptions
  private readonly session: Session
  private readonly stopWatching: () => void
  private welcome: { readonly clientId: string; readonly resumeToken: string } | null = null
  private job: JobInfo | null = null
  /** Nothing comes any more: the job is over or this client has left (null), or something went wrong for good. */
  private ended: { readonly error: TributaryError | null } | null = null
  /** Waits to be received, or is worked on. */
  private work: Work | null = null
  /** What was received last. */
  private received: Work | null = null
  private optimizerParams: unknown
  private readonly sending = new Map<string, (outcome: Sent | TributaryError) => void>()
  /** What went wrong last with the task at hand. */
  private trouble: TributaryError | null = null
  private wake: () => void = () => {}
  private changed: Promise<void> = Promise.resolve()

  private constructor(options: KnownOptions) {
    this.options = options
    this.turn()
    const { url, examples, validationExamples, backend, resumeToken } = options
    this.session = new Session({
      url,
      wire: socketWire(url),
      cache: indexedDbCache(CACHED),
      capabilities: { backend, adapter: 'a program of its own', hardware: false },
      dataset: { source: 'other', train: examples, validation: validationExamples },
      performer: { perform: (...given) => this.perform(...given) },
      onEvent: (event) => this.onEvent(event),
      resumeToken,
    })
    this.stopWatching = watchWaking(() => void this.session.check())
  }

  /**
   * Joins the job at a coordinator. Throws 'network/unreachable' where it does not answer in time, and whatever it refuses this
   * client with.
   */
  static async connect(options: ClientOptions): Promise<Client> {
    const client = new Client(checkedOptions(options))
    const { timeoutMs, url } = client.options
    let timer: ReturnType<typeof setTimeout> | undefined
    const tooLate = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), timeoutMs)
    })
    try {
      while (!client.welcome) {
        if (client.ended?.error) throw client.ended.error
        if ((await Promise.race([client.changed, tooLate])) === 'late')
          throw (
            client.trouble ??
            new TributaryError(
              'network/unreachable',
              `The coordinator at ${url} has not answered for ${timeoutMs / 1000} s. Is it running, is the address right, and does it allow this page’s origin (--allow-origin)?`,
            )
          )
      }
      if (client.ended?.error) throw client.ended.error
      return client
    } catch (thrown) {
      await client.close()
      throw thrown
    } finally {
      clearTimeout(timer)
    }
  }

  /** Waits for the next model. Whether there is one: false once the job is over. Throws what ended this client. */
  async isRunning(): Promise<boolean> {
    for (;;) {
      if (this.work) return true
      if (this.ended?.error) throw this.ended.error
      if (this.ended) return false
      await this.changed
    }
  }

  /** The next model; the same one again until it is answered or cancelled. Throws 'job/wrong-state' where the job is over. */
  async receive(): Promise<ReceivedModel> {
    if (!(await this.isRunning()))
      throw new TributaryError(
        'job/wrong-state',
        'The job is over: no model comes any more. Ask isRunning() before receive().',
      )
    this.received = this.work
    return (this.work as Work).model
  }

  /**
   * Answers what was received last. Resolves when the coordinator has it. Throws before anything is sent where the model is not
   * one that it takes, and what it refuses it with.
   */
  async send(model: FLModel): Promise<Sent> {
    const work = this.received
    if (!work)
      throw new TributaryError('job/wrong-state', 'There is nothing to answer: receive() comes before each send().')
    const { signal } = work.model
    const answer = await this.answerTo(work, model).catch((thrown: unknown) => {
      // What a training gives that was broken off is nobody's fault.
      if (signal.aborted) return null
      throw thrown
    })
    if (!answer || this.received !== work || signal.aborted) return { status: 'cancelled' }
    this.received = null
    this.optimizerParams = model.optimizerParams
    if (this.work === work) this.work = null
    this.turn()
    const outcome = await new Promise<Sent | TributaryError>((resolve) => {
      this.sending.set(work.task.taskId, resolve)
      work.answer(answer)
    })
    if (outcome instanceof TributaryError) throw outcome
    return outcome
  }

  /**
   * Tells of the training under way. `loss`, `fraction` (of the task, 0 to 1) and `examplesPerSecond` are shown while it runs; the
   * last value of every other name goes with the next answer's metrics.
   */
  log(metrics: Metrics): void {
    const work = this.received
    if (!work) throw new TributaryError('job/wrong-state', 'There is no task to tell of: log() comes after receive().')
    const { taskId, deadlineMs } = work.task
    const logged = { ...work.logged, ...checkedMetrics(metrics, `log(), task ${taskId}`) }
    work.onProgress(progressOf(logged, deadlineMs))
    work.logged = logged
  }

  /** Whether what was received last is to be trained. */
  isTrain(): boolean {
    return this.received?.task.kind === 'train'
  }

  /** Whether of what was received last only metrics are wanted. */
  isEvaluate(): boolean {
    return this.received?.task.kind === 'evaluate'
  }

  systemInfo(): SystemInfo {
    const { clientId, resumeToken } = this.welcome as { clientId: string; resumeToken: string }
    const { id, name } = this.job as JobInfo
    return { clientId, resumeToken, jobId: id, jobName: name, url: this.options.url }
  }

  /** The job as the coordinator told of it last. */
  jobInfo(): JobInfo {
    return this.job as JobInfo
  }

  /** The tensors of the job's latest version, as it stands; after the end, the last one. */
  async latest(): Promise<ReceivedParams> {
    const { url } = this.options
    const options = { url, token: this.welcome?.resumeToken, cache: indexedDbCache(CACHED) }
    return namedTensors(await downloadModel(this.jobInfo().model, options))
  }

  /** Leaves the job for good. */
  async close(): Promise<void> {
    await this.leave(null)
  }

  private async leave(why: TributaryError | null): Promise<void> {
    this.end(why)
    await this.session.leave()
  }

  private perform(
    task: Task,
    download: Download,
    signal: AbortSignal,
    onProgress: (progress: TrainingProgress) => void,
  ): Promise<Answer> {
    this.trouble = null
    const { round, totalRounds, version, job, kind, settings } = task
    const model = new ReceivedModel({
      paramsType: 'full',
      params: namedTensors(download),
      optimizerParams: this.optimizerParams,
      startRound: 1,
      currentRound: round,
      totalRounds,
      meta: { taskId: task.taskId, job, version, kind },
      signal,
      settings,
      topology: download.topology,
    })
    return new Promise((answer, reject) => {
      const work: Work = { task, download, model, onProgress, answer, logged: {} }
      signal.addEventListener('abort', () => {
        if (this.work === work) this.work = null
        this.turn()
        reject(new TributaryError('training/cancelled', 'The round is over.'))
      })
      this.work = work
      this.turn()
    })
  }

  private async answerTo({ task, download, logged }: Work, model: FLModel): Promise<Answer> {
    const { examples, validationExamples } = this.options
    const { numExamples = examples } = model.meta
    if (!Number.isInteger(numExamples) || (numExamples as number) < 1 || (numExamples as number) > examples)
      throw new TributaryError(
        'update/examples',
        `meta.numExamples is ${String(numExamples)}; it is a whole number from 1 to the ${examples} that this client has declared (options.examples).`,
      )
    const metrics = reportedMetrics(task.kind, logged, model.metrics, validationExamples)
    if (task.kind === 'evaluate')
      return { paramsType: 'none', params: null, numExamples: numExamples as number, metrics }
    if (!model.params)
      throw new TributaryError(
        'update/wrong-layout',
        'The answer to a train task has no params. Send the weights, or their difference with paramsType "diff".',
      )
    const { manifest, params } = download
    const given = model.params as Readonly<Record<string, TensorLike>>
    const difference = await differenceOf(given, model.paramsType, manifest.layout, params)
    return { paramsType: 'diff', params: difference, numExamples: numExamples as number, metrics }
  }

  private onEvent(event: SessionEvent): void {
    this.options.onEvent?.(event)
    switch (event.type) {
      case 'welcome':
        this.welcome = event
        // No task would ever come.
        if (event.ineligible) void this.leave(new TributaryError('access/denied', event.ineligible))
        break
      case 'turned-away':
        this.trouble = TributaryError.from(event.error)
        break
      case 'job':
        this.job = event.job
        // What was accepted before the end is in the last version already.
        if (isOver(event.job.state)) void this.close()
        break
      case 'problem':
        this.trouble = TributaryError.from(event.error)
        if (event.fatal) this.end(this.trouble)
        break
      case 'task-ended':
        this.taskEnded(event.task.taskId, event.receipt)
        break
      default:
        break
    }
    this.turn()
  }

  private taskEnded(taskId: string, receipt: Receipt | null): void {
    const told = this.sending.get(taskId)
    this.sending.delete(taskId)
    if (receipt && receipt.status !== 'rejected') return told?.({ status: receipt.status })
    told?.(this.trouble ?? { status: 'cancelled' })
  }

  private end(error: TributaryError | null): void {
    this.ended ??= { error }
    this.stopWatching()
    this.work = null
    for (const told of this.sending.values()) told(error ?? { status: 'cancelled' })
    this.sending.clear()
    this.turn()
  }

  /** Whoever waits looks again. */
  private turn(): void {
    this.wake()
    this.changed = new Promise((resolve) => {
      this.wake = resolve
    })
  }
}
