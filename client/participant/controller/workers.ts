/** The page's two workers, started when they are first needed. */
import type { ErrorInfo } from '../../../shared/errors/error.ts'
import type { BackendName, JobInfo } from '../../../shared/protocol/participant.ts'
import type { SessionEvent } from '../../sdk/events.ts'
import type { PageJob } from '../page-job.ts'
import type { BackendReport, ColumnQuestion, DataChoice, DataPreview, ReadProgress } from '../view.ts'
import { proxy, type Remote, transfer, wrap } from '../workers/rpc.ts'
import type { JoinRequest, SessionApi } from '../workers/session-api.ts'
import type { TrainingApi } from '../workers/training-api.ts'

export class Workers {
  private readonly url: string
  private readonly onDeath: (error: ErrorInfo) => void
  private readonly running: Worker[] = []
  private trainingWorker: Remote<TrainingApi> | null = null
  private sessionWorker: Remote<SessionApi> | null = null
  private share = 1

  constructor(url: string, onDeath: (error: ErrorInfo) => void) {
    this.url = url
    this.onDeath = onDeath
  }

  loadData(choice: DataChoice, job: PageJob, onProgress: (progress: ReadProgress) => void): Promise<DataPreview> {
    const demand = {
      schema: job.data,
      validationSplit: job.validationSplit,
      seed: job.syntheticSeed,
      url: this.url,
    }
    return this.training().loadData(choice, demand, proxy(onProgress))
  }

  askAboutColumns(choice: DataChoice, { data }: PageJob): Promise<ColumnQuestion | null> {
    return this.training().askAboutColumns(choice, data)
  }

  probe(job: JobInfo, choice: BackendName | 'auto'): Promise<BackendReport> {
    return this.training().probe({ url: this.url, topology: job.topology, choice, settings: job.settings })
  }

  predict(job: PageJob, pixels: Uint8Array): Promise<number[]> {
    return this.training().predict(this.url, job.model, pixels, job.data)
  }

  async join(request: JoinRequest, onEvent: (event: SessionEvent) => void): Promise<void> {
    const { port1, port2 } = new MessageChannel()
    await this.training().serve(transfer(port1, [port1]))
    await this.session().join(request, transfer(port2, [port2]), proxy(onEvent))
  }

  /** Of the time, above 0 and up to 1, that training computes in. */
  setShare(share: number): void {
    this.share = share
    void this.trainingWorker?.setShare(share)
  }

  setAvailable(available: boolean): void {
    void this.sessionWorker?.setAvailable(available)
  }

  leave(): void {
    void this.sessionWorker?.leave()
  }

  private training(): Remote<TrainingApi> {
    if (this.trainingWorker) return this.trainingWorker
    const worker = new Worker(new URL('../workers/training.ts', import.meta.url), { type: 'module', name: 'training' })
    this.trainingWorker = wrap<TrainingApi>(this.watched(worker))
    void this.trainingWorker.setShare(this.share)
    return this.trainingWorker
  }

  private session(): Remote<SessionApi> {
    this.sessionWorker ??= wrap<SessionApi>(
      this.watched(new Worker(new URL('../workers/session.ts', import.meta.url), { type: 'module', name: 'session' })),
    )
    return this.sessionWorker
  }

  /** A worker that could not be loaded, or that fell over, is never heard of again: both are ended and the page is told. */
  private watched(worker: Worker): Worker {
    this.running.push(worker)
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      for (const one of this.running.splice(0)) one.terminate()
      this.trainingWorker = null
      this.sessionWorker = null
      const why = event.message ? ` (${event.message})` : ''
      this.onDeath({
        code: 'training/failed',
        message: `A part of this page that works in the background has stopped${why}. Reload the page and join again.`,
      })
    })
    return worker
  }
}
