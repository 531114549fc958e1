import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import type { Receipt, Task, TaskSettled } from '../../shared/protocol/participant.ts'
import { RefusedError } from './ask.ts'
import type { BlobCache } from './blob-cache.ts'
import type { Downloads } from './blob-download.ts'
import { downloadModel, type ReceivedModel } from './download.ts'
import type { Answer, SessionEvent, TaskPerformer } from './events.ts'
import { jittered } from './jitter.ts'
import { type Update, updateOf } from './update.ts'
import { uploadOnce } from './upload.ts'
import type { Wire } from './wire.ts'

const HINT_MS = 500
const RETRY_MS = 1000
const MAX_TRIES = 5

/** Refusals after which the upload is begun again, from the byte that the coordinator holds. */
const RESUMABLE: ReadonlySet<string> = new Set(['protocol/no-session', 'update/not-begun', 'update/wrong-offset'])

export interface TaskRunOptions {
  readonly url: string
  readonly wire: Wire
  readonly cache: BlobCache
  readonly downloads: Downloads
  readonly performer: TaskPerformer
  readonly onEvent: (event: SessionEvent) => void
  readonly token: () => string | undefined
  /** Whether the coordinator knows the session over the present connection; `reconnected` is called when it does again. */
  readonly ready: () => boolean
}

/**
 * One task from its arrival until its update is settled: download, work, upload, then keeping the accepted update, to
 * offer it again to a coordinator that has lost it (R8). All of it outlives lost connections.
 */
export class TaskRun {
  readonly task: Task
  private readonly options: TaskRunOptions
  private readonly onEnd: () => void
  private readonly controller = new AbortController()
  private lastHint = 0
  private wake: () => void = () => {}
  /** Accepted, and kept. */
  private kept = false
  private offering = false
  private offerAgain = false
  private settledAs: TaskSettled['outcome'] | null = null

  constructor(task: Task, options: TaskRunOptions, onEnd: () => void) {
    this.task = task
    this.options = options
    this.onEnd = onEnd
  }

  start(): void {
    void this.live().finally(this.onEnd)
  }

  get aborted(): boolean {
    return this.controller.signal.aborted
  }

  /** Whether only an accepted update is left of it. */
  get waits(): boolean {
    return this.kept
  }

  /** The answer is not wanted any more, or cannot be given. */
  abort(): void {
    this.controller.abort()
    this.wake()
  }

  /** Gives the task back, so that nobody waits for it. What was accepted is not given back (R6). */
  decline(code: string, reason: string): void {
    if (this.aborted || this.kept) return
    const message = { taskId: this.task.taskId, code, reason: reason.slice(0, 500) }
    this.options.wire.request(EVENTS.decline, message).catch(() => {})
    this.abort()
  }

  /** The wire is up again and the session known: whatever waited for that goes on. */
  reconnected(): void {
    this.reminded()
  }

  /** The coordinator may not hold the accepted update any more. */
  reminded(): void {
    // An offer under way goes on by itself.
    this.offerAgain = this.kept && !this.offering
    this.wake()
  }

  /** The accepted update has become part of something durable, or of nothing; it need not be kept. */
  settled(outcome: TaskSettled['outcome']): void {
    this.settledAs = outcome
    this.wake()
  }

  private async live(): Promise<void> {
    const { onEvent } = this.options
    let receipt: Receipt | null = null
    let update: Update | null = null
    const bytes = { down: 0, up: 0 }
    try {
      this.options.wire.hint(EVENTS.accept, { taskId: this.task.taskId })
      update = await this.makeUpdate((down) => {
        bytes.down = down
      })
      receipt = await this.offer(update)
      if (receipt) bytes.up = update.begin.bytes
      this.kept = receipt !== null && isHeld(receipt)
    } catch (thrown) {
      if (this.aborted) return
      const error = errorInfo(thrown, 'training/failed')
      onEvent({ type: 'problem', error, fatal: false })
      this.decline(error.code, error.message)
    } finally {
      onEvent({ type: 'task-ended', task: this.task, receipt, bytesUp: bytes.up, bytesDown: bytes.down })
    }
    if (update && this.kept) await this.keep(update)
  }

  private async makeUpdate(downloaded: (bytes: number) => void): Promise<Update> {
    const started = Date.now()
    const model = await this.download()
    downloaded(model.bytesDown)
    const trainedFrom = Date.now()
    const answer = await this.work(model)
    return updateOf(this.task, model, answer, { downloadMs: trainedFrom - started, trainMs: Date.now() - trainedFrom })
  }

  private async download(): Promise<ReceivedModel> {
    this.phase('download', 0)
    const { url, cache, downloads, token, ready } = this.options
    const { signal } = this.controller
    let reached = 0
    for (let tries = 1; ; ) {
      try {
        const onProgress = (fraction: number) => {
          if (fraction > reached) tries = 1
          reached = Math.max(reached, fraction)
          this.phase('download', fraction)
        }
        return await downloadModel(this.task.model, { url, token: token(), cache, downloads, signal, onProgress })
      } catch (thrown) {
        if (signal.aborted || !(thrown instanceof TributaryError && thrown.retryable)) throw thrown
        const told = thrown instanceof RefusedError ? thrown.retryMs : null
        // Neither an absent network nor a full coordinator is a reason to give up.
        if (ready() && told === null && ++tries > MAX_TRIES) throw thrown
        await this.pause(told === null ? RETRY_MS * Math.max(1, tries - 1) : jittered(told))
      }
    }
  }

  private async work(model: ReceivedModel): Promise<Answer> {
    const { signal } = this.controller
    // What was at hand is not asked for, so nothing has looked at it since the task came.
    signal.throwIfAborted()
    this.phase('train', 0)
    const answer = await this.options.performer.perform(this.task, model, signal, (progress) => {
      if (signal.aborted) return
      this.options.onEvent({ type: 'training', task: this.task, progress })
      this.hint({
        phase: 'train',
        fraction: progress.fraction,
        // A program of one's own may not say.
        ...(Number.isFinite(progress.loss) && { loss: progress.loss }),
        examplesPerSecond: progress.examplesPerSecond,
      })
    })
    const { capabilities } = answer
    if (capabilities) this.options.onEvent({ type: 'capabilities', capabilities })
    signal.throwIfAborted()
    return answer
  }

  /** Offers the update until the coordinator has given its verdict; null where the task was aborted meanwhile. */
  private async offer({ begin, params }: Update): Promise<Receipt | null> {
    const { wire, onEvent, ready } = this.options
    let sent = 0
    const onProgress = (fraction: number) => {
      sent = fraction
      this.phase('upload', fraction)
    }
    if (!this.kept) onProgress(0)
    while (!this.aborted && !(this.kept && this.settledAs)) {
      if (!ready()) {
        await this.pause()
        continue
      }
      try {
        const receipt = await uploadOnce(wire, begin, params, onProgress)
        if (isHeld(receipt)) onEvent({ type: 'task', task: this.task, phase: 'wait', fraction: 1 })
        else if (!this.kept) this.explain(receipt)
        return receipt
      } catch (thrown) {
        const { code } = errorInfo(thrown)
        const told = thrown instanceof RefusedError ? thrown.retryMs : null
        const isTransient = thrown instanceof TributaryError && (thrown.retryable || RESUMABLE.has(code))
        // Whoever says when to come again will listen then, whatever is the matter now.
        if (!isTransient && told === null) throw thrown
        if (!ready() || this.aborted) continue
        if (told !== null) onEvent({ type: 'task', task: this.task, phase: 'turn', fraction: sent })
        await this.pause(told === null ? RETRY_MS : jittered(told))
      }
    }
    return null
  }

  /** Until the update is settled: every coordinator that may have lost it is offered it. */
  private async keep(update: Update): Promise<void> {
    while (!this.aborted && !this.settledAs) {
      if (!this.offerAgain) {
        await this.pause()
        continue
      }
      this.offerAgain = false
      this.offering = true
      const receipt = await this.offer(update).catch((thrown): Receipt => {
        return { status: 'rejected', message: errorInfo(thrown).message }
      })
      this.offering = false
      if (!receipt || isHeld(receipt)) continue
      this.options.onEvent({ type: 'settled', taskId: this.task.taskId, outcome: 'abandoned' })
      return
    }
  }

  private explain({ code, message }: Receipt): void {
    const error = TributaryError.from({ code: code ?? 'internal', message: message ?? '' }).toInfo()
    this.options.onEvent({ type: 'problem', error, fatal: false })
  }

  private phase(phase: 'download' | 'train' | 'upload', fraction: number): void {
    if (this.aborted) return
    this.options.onEvent({ type: 'task', task: this.task, phase, fraction })
    this.hint({ phase, fraction }, fraction === 0)
  }

  private hint(progress: object, always = false): void {
    const now = Date.now()
    if (!always && now - this.lastHint < HINT_MS) return
    this.lastHint = now
    this.options.wire.hint(EVENTS.progress, { taskId: this.task.taskId, ...progress })
  }

  /** Waits for so long, or until something wakes the run; without a time only for the latter. */
  private pause(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Whether the coordinator has the update, now or from before. */
function isHeld({ status }: Receipt): boolean {
  return status === 'accepted' || status === 'duplicate'
}
