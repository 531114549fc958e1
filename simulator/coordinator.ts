/** The coordinator's own rooms, wired together without sockets, files and pages. */
import { loadSecrets } from '../server/access/tokens.ts'
import { ThreadModelService } from '../server/evaluation/service.ts'
import { Gateway } from '../server/gateway/gateway.ts'
import { Ingest } from '../server/gateway/uploads/ingest.ts'
import type { DemoData } from '../server/jobs/demo-data.ts'
import { VersionFiles } from '../server/jobs/model-files.ts'
import { Retention } from '../server/jobs/retention.ts'
import { JobRunner } from '../server/jobs/runner.ts'
import { VersionStore } from '../server/jobs/versions.ts'
import type { Log } from '../server/logging/log.ts'
import type { BlobStore } from '../server/storage/blobs.ts'
import { MemoryBlobStore } from '../server/storage/memory.ts'
import type { RecordStore } from '../server/storage/records.ts'
import { MemorySpool } from '../server/storage/spool-memory.ts'
import { FedAvg } from '../server/workflows/fedavg.ts'
import type { Clock } from '../shared/clock/clock.ts'
import type { JobConfig } from '../shared/jobs/config.ts'
import type { Evaluation } from '../shared/models/evaluate.ts'
import type { NamedTensors } from '../shared/tensors/named.ts'
import { PacedModels, PacedRecords, Pacing } from './pacing.ts'

export interface SimulatedCoordinator {
  readonly runner: JobRunner
  readonly gateway: Gateway
  readonly records: RecordStore
  readonly blobs: BlobStore
  readonly files: VersionFiles
  readonly pacing: Pacing
  /** Signs the ids of clients. */
  readonly signingKey: string
  close(): Promise<void>
}

export interface SimulatedCoordinatorOptions {
  readonly config: JobConfig
  readonly weights: NamedTensors | null
  readonly test: Pick<DemoData, 'test' | 'testName'>
  readonly clock: Clock
  readonly log: Log
  /** Versions that may wait for their test when the next round begins. */
  readonly lag: number
  /** The next round waits for this. */
  readonly onTested: (evaluation: Evaluation) => Promise<void>
}

export async function openCoordinator(options: SimulatedCoordinatorOptions): Promise<SimulatedCoordinator> {
  const { config, clock, log, test } = options
  const pacing = new Pacing(options.lag)
  const records = new PacedRecords(pacing)
  const blobs = new MemoryBlobStore()
  const versions = new VersionStore(blobs)
  const { signingKey } = await loadSecrets(records)
  const models = new PacedModels(new ThreadModelService(test.test), pacing, options.onTested)
  const ingest = new Ingest({
    clock,
    spool: new MemorySpool(),
    onError: (thrown) => log.error({ error: String(thrown) }, 'An update could not be kept.'),
  })
  const gateway = new Gateway({ clock, log, signingKey, graceMs: () => config.graceSeconds * 1000, ingest })
  try {
    const runner = await JobRunner.open(
      {
        rooms: {
          clock,
          log,
          records,
          versions,
          retention: new Retention({ records, blobs, versions, log }),
          models,
          tasks: gateway,
        },
        joinUrl: '',
        demo: { ...test, partitionSource: '', partitions: 0, partition: noPartition },
        makeWorkflow: (start, rooms) => new FedAvg(start, rooms),
      },
      config,
      config,
      options.weights,
    )
    gateway.listen(runner)
    const close = async () => {
      await runner.close()
      await models.close()
    }
    return { runner, gateway, records, blobs, files: new VersionFiles(blobs, versions), pacing, signingKey, close }
  } catch (thrown) {
    await models.close()
    throw thrown
  }
}

function noPartition(): never {
  throw new RangeError('clients of a simulation have their data by themselves')
}
