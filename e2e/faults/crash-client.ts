/**
 * A participant who outlives coordinators: the product's session over a real socket, which trains and evaluates by pure
 * functions and writes down what each life of the coordinator told it.
 */
import { noCache } from '../../client/sdk/blob-cache.ts'
import type { SessionEvent, TaskPerformer } from '../../client/sdk/events.ts'
import { Session } from '../../client/sdk/session.ts'
import { socketWire } from '../../client/sdk/socket-wire.ts'
import type { JobInfo } from '../../shared/protocol/participant.ts'
import { difference, examplesOf } from './work.ts'

export const VALIDATION_EXAMPLES = 5

export interface CrashClientOptions {
  readonly url: string
  /** The coordinator's present life, from 0. */
  readonly life: () => number
  /** The training of this round goes on when this resolves. */
  readonly mayTrain: (round: number) => Promise<void>
  /** Called in the moment before it asks for the model of this round. */
  readonly onDownload: (round: number) => void
}

/** What one life of the coordinator told. */
export interface Heard {
  readonly life: number
  readonly version: number
}

export class CrashClient {
  readonly index: number
  /** The id of each accepted hello. */
  readonly ids: string[] = []
  /** The life of the coordinator that accepted the last hello; −1 before any has. */
  life = -1
  /** What that one said last. */
  job: JobInfo | null = null
  /** Every version that was mentioned, in order. */
  readonly heard: Heard[] = []
  /** Tasks that were said to be committed. */
  readonly committed = new Set<string>()
  /** Times that each task was computed. */
  readonly computed = new Map<string, number>()
  readonly problems: string[] = []
  private readonly options: CrashClientOptions
  private readonly session: Session

  constructor(index: number, options: CrashClientOptions) {
    this.index = index
    this.options = options
    const { url } = options
    this.session = new Session({
      url,
      wire: socketWire(url),
      cache: noCache,
      capabilities: { backend: 'wasm', adapter: 'simulated', hardware: true },
      dataset: { source: 'other', train: examplesOf(index), validation: VALIDATION_EXAMPLES },
      performer: this.performer(),
      onEvent: (event) => this.onEvent(event),
    })
  }

  leave(): Promise<void> {
    return this.session.leave()
  }

  private onEvent(event: SessionEvent): void {
    switch (event.type) {
      case 'connection':
        if (event.state !== 'connected') this.job = null
        return
      case 'welcome':
        this.ids.push(event.clientId)
        this.life = this.options.life()
        return
      case 'job':
        this.job = event.job
        return this.hear(event.job.version)
      case 'task':
        if (event.phase !== 'download' || event.fraction > 0) return
        this.hear(event.task.version)
        return this.options.onDownload(event.task.round)
      case 'settled':
        if (event.outcome === 'committed') this.committed.add(event.taskId)
        return
      case 'problem':
        this.problems.push(`${event.fatal ? 'fatal ' : ''}${event.error.code}: ${event.error.message}`)
        return
      default:
    }
  }

  private hear(version: number): void {
    this.heard.push({ life: this.life, version })
  }

  private performer(): TaskPerformer {
    return {
      perform: async ({ taskId, kind, round }, { params }) => {
        this.computed.set(taskId, (this.computed.get(taskId) ?? 0) + 1)
        const numExamples = examplesOf(this.index)
        // Of the model that came, so that the scores' average tells from which version it is.
        const scores = {
          validation_loss: 1 + Math.abs(params.read(0, 1)[0] ?? 0),
          validation_accuracy: 0.5,
          validation_examples: VALIDATION_EXAMPLES,
        }
        if (kind === 'evaluate') return { paramsType: 'none', params: null, numExamples, metrics: scores }
        await this.options.mayTrain(round)
        return { paramsType: 'diff', params: difference(params, this.index, round), numExamples, metrics: scores }
      },
    }
  }
}
