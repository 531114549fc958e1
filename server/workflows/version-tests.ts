/** Tests of versions on the coordinator's own data, one at a time, in order; what waits is bounded (rule A2). */
import type { JobConfig } from '../../shared/jobs/config.ts'
import type { Evaluation } from '../../shared/models/evaluate.ts'
import type { ModelService } from '../evaluation/service.ts'
import type { ModelFrame, Version } from '../jobs/versions.ts'

/** Versions that may wait for their test, unless one alone is larger than {@link WAITING_BYTES}. */
const WAITING = 8
const WAITING_BYTES = 256 << 20

export interface TestedJob {
  readonly config: JobConfig
  readonly frame: ModelFrame
}

export interface TestEvents {
  begun(version: Version): void
  ended(version: Version, evaluation: Evaluation): Promise<void>
  /** Rounds are faster than tests: this one is left out. */
  leftOut(version: Version): void
}

export class VersionTests {
  private readonly job: TestedJob
  private readonly models: ModelService
  private readonly events: TestEvents
  private readonly waiting: Version[] = []
  private running = false
  private closed = false

  constructor(job: TestedJob, models: ModelService, events: TestEvents) {
    this.job = job
    this.models = models
    this.events = events
  }

  /** Resolves when nothing waits any more, for whoever began it; at once for others. */
  async add(version: Version): Promise<void> {
    this.waiting.push(version)
    while (this.isTooMuch()) {
      const oldest = this.waiting.shift()
      if (oldest) this.events.leftOut(oldest)
    }
    if (this.running) return
    this.running = true
    try {
      for (let next = this.waiting.shift(); next && !this.closed; next = this.waiting.shift()) await this.test(next)
    } finally {
      this.running = false
    }
  }

  /** Nothing more is begun. */
  close(): void {
    this.closed = true
  }

  private isTooMuch(): boolean {
    const bytes = this.waiting.reduce((n, version) => n + version.bytes, 0)
    return this.waiting.length > WAITING || (this.waiting.length > 1 && bytes > WAITING_BYTES)
  }

  private async test(version: Version): Promise<void> {
    const { frame, config } = this.job
    this.events.begun(version)
    const evaluation = await this.models.evaluate(frame.topology, version.params, frame.baseParams, config)
    if (evaluation && !this.closed) await this.events.ended(version, evaluation)
  }
}
