/**
 * Rounds that wait for tests. A coordinator leaves the test of a version out where rounds are faster than tests; in a simulation
 * every version is tested, whatever the speed, so that what is reported does not depend on the machine.
 */
import type { ModelService } from '../server/evaluation/service.ts'
import { MemoryRecordStore } from '../server/storage/memory.ts'
import type { AttemptRecord, RecordStore } from '../server/storage/records.ts'
import type { JobConfig } from '../shared/jobs/config.ts'
import type { Topology } from '../shared/jobs/models.ts'
import type { Evaluation } from '../shared/models/evaluate.ts'
import type { FlatParams } from '../shared/tensors/flat.ts'

export class Pacing {
  private readonly lag: number
  private committed = 0
  private tested = 0
  private readonly waiting: (() => void)[] = []

  /** `lag`: versions that may wait for their test when the next round begins. */
  constructor(lag: number) {
    this.lag = lag
  }

  versionMade(): void {
    this.committed++
  }

  versionTested(): void {
    this.tested++
    for (const wake of this.waiting.splice(0)) wake()
  }

  /** Resolves when a round may begin. */
  async turn(): Promise<void> {
    await this.behindBy(this.lag)
  }

  /** Resolves when every version is tested. */
  async done(): Promise<void> {
    await this.behindBy(0)
  }

  private async behindBy(most: number): Promise<void> {
    while (this.committed - this.tested > most) await new Promise<void>((resolve) => this.waiting.push(resolve))
  }
}

/** No attempt is recorded, so no task goes out, before it is its turn. */
export class PacedRecords extends MemoryRecordStore implements RecordStore {
  private readonly pacing: Pacing

  constructor(pacing: Pacing) {
    super()
    this.pacing = pacing
  }

  override async commitVersion(...given: Parameters<RecordStore['commitVersion']>): Promise<void> {
    await super.commitVersion(...given)
    this.pacing.versionMade()
  }

  override async putAttempt(attempt: AttemptRecord): Promise<void> {
    if (attempt.plan !== null) await this.pacing.turn()
    await super.putAttempt(attempt)
  }
}

export class PacedModels implements ModelService {
  private readonly models: ModelService
  private readonly pacing: Pacing
  private readonly onTested: (evaluation: Evaluation) => Promise<void>

  /** `onTested` is waited for before the next round may begin. */
  constructor(models: ModelService, pacing: Pacing, onTested: (evaluation: Evaluation) => Promise<void>) {
    this.models = models
    this.pacing = pacing
    this.onTested = onTested
  }

  initialise(topology: Topology, config: JobConfig) {
    return this.models.initialise(topology, config)
  }

  async evaluate(
    topology: Topology,
    params: FlatParams,
    base: FlatParams,
    config: JobConfig,
  ): Promise<Evaluation | null> {
    try {
      const evaluation = await this.models.evaluate(topology, params, base, config)
      if (evaluation) await this.onTested(evaluation)
      return evaluation
    } finally {
      this.pacing.versionTested()
    }
  }

  close(): Promise<void> {
    return this.models.close()
  }
}
