import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import type { Receipt, Task, UpdateBegin } from '../../shared/protocol/participant.ts'
import { flatBytes } from '../../shared/tensors/bytes.ts'
import { layoutText } from '../../shared/tensors/layout.ts'
import { ENCODING } from '../../shared/updates/encoding.ts'
import type { FLModel } from '../../shared/updates/fl-model.ts'
import type { BlobCache } from './blob-cache.ts'
import { digestOf, digestOfText } from './digest.ts'
import { downloadModel, type ReceivedModel } from './download.ts'
import type { SessionEvent, TaskPerformer } from './events.ts'
import { uploadOnce } from './upload.ts'
import type { Wire } from './wire.ts'

const HINT_MS = 500
const RETRY_MS = 1000

/** Refusals after which the upload is begun again, from the byte that the coordinator holds. */
const RESUMABLE: ReadonlySet<string> = new Set(['protocol/no-session', 'update/not-begun', 'update/wrong-offset'])

export interface TaskRunOptions {
  readonly url: string
  readonly token: string | undefined
  readonly wire: Wire
  readonly cache: BlobCache
  readonly performer: TaskPerformer
  readonly onEvent: (event: SessionEvent) => void
}

/** One task from its arrival to its receipt: download, work, upload. The upload outlives lost connections. */
export class TaskRun {
  readonly task: Task
  private readonly options: TaskRunOptions
  private readonly onEnd: () => void
  private readonly controller = new AbortController()
  private lastHint = 0
  private wake: () => void = () => {}

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

  /** The answer is not wanted any more, or cannot be given. */
  abort(): void {
    this.controller.abort()
    this.wake()
  }

  /** Gives the task back, so that nobody waits for it. */
  decline(code: string, reason: string): void {
    if (this.controller.signal.aborted) return
    const message = { taskId: this.task.taskId, code, reason: reason.slice(0, 500) }
    this.options.wire.request(EVENTS.decline, message).catch(() => {})
    this.abort()
  }

  /** The wire is up again and the session known: whatever waited for that goes on. */
  reconnected(): void {
    this.wake()
  }

  private async live(): Promise<void> {
    const { onEvent } = this.options
    let receipt: Receipt | null = null
    let bytesUp = 0
    let bytesDown = 0
    try {
      this.options.wire.hint(EVENTS.accept, { taskId: this.task.taskId })
      const started = Date.now()
      const model = await this.download()
      bytesDown = model.bytesDown
      const downloaded = Date.now()
      const answer = await this.work(model)
      const timings = { downloadMs: downloaded - started, trainMs: Date.now() - downloaded }
      const begin = beginOf(this.task, model, answer, timings)
      receipt = await this.upload(begin, answer)
      if (receipt) bytesUp = begin.bytes
    } catch (thrown) {
      if (this.controller.signal.aborted) return
      const error = errorInfo(thrown, 'training/failed')
      onEvent({ type: 'problem', error, fatal: false })
      this.decline(error.code, error.message)
    } finally {
      onEvent({ type: 'task-ended', task: this.task, receipt, bytesUp, bytesDown })
    }
  }

  private async download(): Promise<ReceivedModel> {
    this.phase('download', 0)
    const { url, token, cache } = this.options
    const { signal } = this.controller
    for (let tries = 1; ; tries++) {
      try {
        const onProgress = (fraction: number) => this.phase('download', fraction)
        return await downloadModel(this.task.model, { url, token, cache, signal, onProgress })
      } catch (thrown) {
        if (signal.aborted || tries >= 5 || !(thrown instanceof TributaryError && thrown.retryable)) throw thrown
        await this.pause(RETRY_MS * tries)
      }
    }
  }

  private async work(model: ReceivedModel): Promise<FLModel> {
    const { signal } = this.controller
    this.phase('train', 0)
    const answer = await this.options.performer.perform(this.task, model, signal, (progress) => {
      if (signal.aborted) return
      this.options.onEvent({ type: 'training', task: this.task, progress })
      this.hint({
        phase: 'train',
        fraction: progress.fraction,
        loss: progress.loss,
        examplesPerSecond: progress.examplesPerSecond,
      })
    })
    signal.throwIfAborted()
    return answer
  }

  /** Offers the answer until the coordinator has given its verdict; null where the task was aborted meanwhile. */
  private async upload(begin: UpdateBegin, answer: FLModel): Promise<Receipt | null> {
    const { signal } = this.controller
    this.phase('upload', 0)
    while (!signal.aborted) {
      try {
        const receipt = await uploadOnce(this.options.wire, begin, answer.params, (f) => this.phase('upload', f))
        if (receipt.status === 'rejected' || receipt.status === 'stale') this.explain(receipt)
        else this.options.onEvent({ type: 'task', task: this.task, phase: 'wait', fraction: 1 })
        return receipt
      } catch (thrown) {
        const { code } = errorInfo(thrown)
        const again = thrown instanceof TributaryError && (thrown.retryable || RESUMABLE.has(code))
        if (!again) throw thrown
        await this.pause(RETRY_MS)
      }
    }
    return null
  }

  private explain({ code, message }: Receipt): void {
    const error = TributaryError.from({ code: code ?? 'internal', message: message ?? '' }).toInfo()
    this.options.onEvent({ type: 'problem', error, fatal: false })
  }

  private phase(phase: 'download' | 'train' | 'upload', fraction: number): void {
    if (this.controller.signal.aborted) return
    this.options.onEvent({ type: 'task', task: this.task, phase, fraction })
    this.hint({ phase, fraction }, fraction === 0)
  }

  private hint(progress: object, always = false): void {
    const now = Date.now()
    if (!always && now - this.lastHint < HINT_MS) return
    this.lastHint = now
    this.options.wire.hint(EVENTS.progress, { taskId: this.task.taskId, ...progress })
  }

  /** Waits, or until something wakes the run. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

function beginOf(task: Task, model: ReceivedModel, answer: FLModel, timings: UpdateBegin['timings']): UpdateBegin {
  const encoding = answer.params ? 'f32' : 'none'
  return {
    taskId: task.taskId,
    encoding,
    layout: digestOfText(layoutText(model.manifest.layout)),
    bytes: ENCODING[encoding].bytes(answer.params?.length ?? 0),
    sha256: digestOf(answer.params ? flatBytes(answer.params) : []),
    numExamples: answer.numExamples,
    metrics: answer.metrics,
    timings,
    bytesDown: model.bytesDown,
  }
}
