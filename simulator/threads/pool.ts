/** The threads in which simulated clients train. Whichever is free takes the next task, whoever's it is. */
import type { Worker } from 'node:worker_threads'
import type { ReceivedModel } from '../../client/sdk/download.ts'
import type { Answer, TaskPerformer, TrainingProgress } from '../../client/sdk/events.ts'
import { spawnThread } from '../../server/evaluation/spawn.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import type { Task } from '../../shared/protocol/participant.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import type { Message, Order, ThreadAnswer, ThreadData } from './messages.ts'

interface Job {
  readonly task: Task
  readonly model: ReceivedModel
  readonly part: Uint32Array
  readonly signal: AbortSignal
  readonly onProgress: (progress: TrainingProgress) => void
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

export class ThreadPool {
  private readonly data: ThreadData
  private readonly threads: Thread[]
  private readonly line: Job[] = []
  private closed = false

  constructor(data: ThreadData, threads: number) {
    this.data = data
    this.threads = Array.from({ length: threads }, () => this.newThread())
  }

  /** Who trains for the client with this part of the data. */
  performerOf(part: Uint32Array): TaskPerformer {
    return {
      perform: (task, model, signal, onProgress) =>
        new Promise((resolve, reject) => {
          this.line.push({ task, model, part, signal, onProgress, resolve, reject })
          this.next()
        }),
    }
  }

  async close(): Promise<void> {
    this.closed = true
    await Promise.all(this.threads.map((thread) => thread.end()))
  }

  private next(): void {
    for (const thread of this.threads) {
      if (thread.isBusy) continue
      const job = this.line.shift()
      if (!job) return
      if (job.signal.aborted) job.reject(cancelled())
      else thread.run(job)
    }
  }

  private newThread(): Thread {
    return new Thread(this.data, {
      free: () => this.next(),
      died: (thread) => {
        const at = this.threads.indexOf(thread)
        if (at < 0 || this.closed) return
        this.threads[at] = this.newThread()
        this.next()
      },
    })
  }
}

interface ThreadEvents {
  free(): void
  died(thread: Thread): void
}

class Thread {
  private readonly worker: Worker
  private readonly events: ThreadEvents
  private job: Job | null = null
  private id = 0
  /** The version whose weights it has. */
  private holds = ''
  private dead = false

  constructor(data: ThreadData, events: ThreadEvents) {
    this.events = events
    this.worker = spawnThread(import.meta.url, 'thread', data)
    this.worker.on('message', (message: Message) => this.hear(message))
    this.worker.on('error', (error) => this.die(error.message))
    this.worker.on('exit', (code) => this.die(`it ended with status ${code}`))
  }

  get isBusy(): boolean {
    return this.job !== null || this.dead
  }

  run(job: Job): void {
    const id = ++this.id
    this.job = job
    const { task, part, model, signal } = job
    const { kind, round, settings } = task
    const fresh = this.holds !== model.digest
    this.holds = model.digest
    const { topology, params, base, manifest } = model
    const sent = { key: manifest.topology, topology, params: params.tiles, base: base.tiles }
    this.order({ kind: 'perform', id, task: { kind, round, settings }, part, model: fresh ? sent : null })
    signal.addEventListener('abort', () => this.order({ kind: 'cancel', id }), { once: true })
  }

  async end(): Promise<void> {
    this.dead = true
    await this.worker.terminate()
  }

  private order(order: Order): void {
    this.worker.postMessage(order)
  }

  private hear(message: Message): void {
    const { job } = this
    if (!job || message.id !== this.id) return
    if ('progress' in message) return job.onProgress(message.progress)
    this.job = null
    if ('error' in message) job.reject(TributaryError.from(message.error))
    else job.resolve(answerOf(message.answer))
    this.events.free()
  }

  /** Its client's task fails as a tab's does that breaks down; another thread takes its place. */
  private die(why: string): void {
    if (this.dead) return
    this.dead = true
    this.job?.reject(new TributaryError('training/failed', `The thread that trained has died: ${why}.`))
    this.job = null
    this.events.died(this)
  }
}

function answerOf({ params, numExamples, metrics }: ThreadAnswer): Answer {
  return { paramsType: params ? 'diff' : 'none', params: params && FlatParams.over(params), numExamples, metrics }
}

function cancelled(): TributaryError {
  return new TributaryError('training/cancelled', 'The task was ended before it began.')
}
