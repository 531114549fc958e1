import type { Worker } from 'node:worker_threads'
import type { Dataset } from '../../shared/datasets/dataset.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import type { JobConfig } from '../../shared/jobs/config.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import type { Evaluation } from '../../shared/models/evaluate.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import type { Layout } from '../../shared/tensors/layout.ts'
import type { Envelope, ModelReplies, ModelRequest, Reply, ThreadData } from './messages.ts'
import { spawnThread } from './spawn.ts'

export interface InitialVersion {
  readonly layout: Layout
  readonly params: FlatParams
  readonly base: FlatParams
}

/** What the coordinator needs a model's arithmetic for; all else it does on flat vectors. */
export interface ModelService {
  /** A job's version 0, from its seed. Throws 'job/untrainable'. */
  initialise(topology: Topology, config: JobConfig): Promise<InitialVersion>
  /** Loss and metrics on the coordinator's test data; null where it has none. */
  evaluate(topology: Topology, params: FlatParams, base: FlatParams, config: JobConfig): Promise<Evaluation | null>
  close(): Promise<void>
}

/** A ModelService in a worker thread, so that rounds and heartbeats never wait for it. A thread that dies is replaced. */
export class ThreadModelService implements ModelService {
  private readonly testData: Dataset | null
  private worker: Worker | null = null
  private nextId = 0
  private readonly waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()

  constructor(testData: Dataset | null) {
    this.testData = testData
  }

  async initialise(topology: Topology, config: JobConfig): Promise<InitialVersion> {
    const { layout, params, base } = await this.ask({ kind: 'initialise', topology, config })
    return { layout, params: FlatParams.concat(params), base: FlatParams.concat(base) }
  }

  async evaluate(
    topology: Topology,
    params: FlatParams,
    base: FlatParams,
    config: JobConfig,
  ): Promise<Evaluation | null> {
    if (!this.testData) return null
    return this.ask({
      kind: 'evaluate',
      topology,
      params: params.tiles,
      base: base.tiles,
      loss: config.loss,
      metrics: config.metrics,
    })
  }

  async close(): Promise<void> {
    await this.worker?.terminate()
    this.worker = null
  }

  private ask<K extends keyof ModelReplies>(request: ModelRequest & { kind: K }): Promise<ModelReplies[K]> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++
      this.waiting.set(id, { resolve, reject })
      const envelope: Envelope = { id, request }
      this.thread().postMessage(envelope)
    })
  }

  private thread(): Worker {
    if (this.worker) return this.worker
    const worker = spawnThread(import.meta.url, 'thread', { testData: this.testData } satisfies ThreadData)
    worker.on('message', (reply: Reply) => {
      const waiter = this.waiting.get(reply.id)
      this.waiting.delete(reply.id)
      if ('error' in reply) waiter?.reject(TributaryError.from(reply.error))
      else waiter?.resolve(reply.result as never)
    })
    const lost = (why: string) => {
      if (this.worker === worker) this.worker = null
      for (const waiter of this.waiting.values()) {
        waiter.reject(new TributaryError('internal', `The evaluation thread ended: ${why}.`))
      }
      this.waiting.clear()
    }
    worker.on('error', (error) => lost(error.message))
    worker.on('exit', (code) => lost(`exit code ${code}`))
    worker.unref()
    this.worker = worker
    return worker
  }
}
