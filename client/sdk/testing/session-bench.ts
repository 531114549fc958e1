/** For tests of a session: a scripted coordinator, a performer that does as it is told, and all that was reported. */
import { afterEach, beforeEach, vi } from 'vitest'
import { EVENTS } from '../../../shared/protocol/events.ts'
import { numbered } from '../../../shared/tensors/testing.ts'
import { noCache } from '../blob-cache.ts'
import type { ReceivedModel } from '../download.ts'
import type { Answer, SessionEvent, TrainingProgress } from '../events.ts'
import { Session, type SessionOptions } from '../session.ts'
import { agreeable, CAPABILITIES, DATASET, ScriptedWire, type ServedModel, servedModel, taskFor } from '../testing.ts'

export const NONCE = 'n'.repeat(32)

export const ANSWER: Answer = {
  paramsType: 'diff',
  params: numbered(8, 5),
  numExamples: 600,
  metrics: { loss: 0.25 },
}

/** A task that the performer was given. */
export interface Performance {
  readonly taskId: string
  readonly model: ReceivedModel
  readonly signal: AbortSignal
  readonly onProgress: (progress: TrainingProgress) => void
  finish(answer?: Answer): void
  fail(error: unknown): void
}

/** Lets everything happen that needs no time, or this much. */
export const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

export class SessionBench {
  model!: ServedModel
  wire!: ScriptedWire
  events: SessionEvent[] = []
  performances: Performance[] = []

  /** Fresh for every test of the file, with time that the test moves. */
  constructor() {
    beforeEach(() => {
      vi.useFakeTimers()
      this.model = servedModel()
      vi.stubGlobal('fetch', this.model.fetch)
      this.wire = new ScriptedWire(agreeable(this.model.digest))
      this.events = []
      this.performances = []
    })
    afterEach(() => {
      vi.unstubAllGlobals()
      vi.useRealTimers()
    })
  }

  async open(change: Partial<SessionOptions> = {}): Promise<Session> {
    const session = new Session({
      url: 'http://coordinator',
      wire: this.wire,
      cache: noCache,
      capabilities: CAPABILITIES,
      dataset: DATASET,
      performer: {
        perform: (task, received, signal, onProgress) =>
          new Promise((resolve, reject) => {
            this.performances.push({
              taskId: task.taskId,
              model: received,
              signal,
              onProgress,
              finish: (answer = ANSWER) => resolve(answer),
              fail: reject,
            })
          }),
      },
      onEvent: (event) => this.events.push(event),
      nonce: NONCE,
      ...change,
    })
    await pass()
    return session
  }

  /** A session whose performer is at work on a task. */
  async openAt(taskId = 't1'): Promise<{ session: Session; at: Performance }> {
    const session = await this.open()
    await this.task(taskId)
    return { session, at: this.performances.at(-1) as Performance }
  }

  /** A session whose update was accepted and is kept. */
  async openKept(taskId = 't1'): Promise<Session> {
    const { session, at } = await this.openAt(taskId)
    at.finish()
    await pass()
    return session
  }

  async task(taskId: string): Promise<void> {
    this.wire.deliver(EVENTS.task, taskFor(taskId, this.model.digest))
    await pass()
  }

  /** The connection is lost and comes back. */
  async reconnect(): Promise<void> {
    this.wire.drop()
    this.wire.restore()
    await pass()
  }

  ofType<T extends SessionEvent['type']>(type: T): Extract<SessionEvent, { type: T }>[] {
    return this.events.filter((e) => e.type === type) as Extract<SessionEvent, { type: T }>[]
  }

  problems = () => this.ofType('problem').map((e) => [e.error.code, e.fatal])
  endings = () => this.ofType('task-ended').map((e) => [e.task.taskId, e.receipt?.status ?? null])
  settlements = () => this.ofType('settled').map((e) => [e.taskId, e.outcome])
}
