/** One coordinator's life, in memory: gateway, job and workflow over a disk that outlives it, and a clock of its own. */

import type { ModelService } from '../../../server/evaluation/service.ts'
import { Gateway } from '../../../server/gateway/gateway.ts'
import { type MemoryPeer, memoryChannel } from '../../../server/gateway/memory-channel.ts'
import { Ingest } from '../../../server/gateway/uploads/ingest.ts'
import type { DemoData } from '../../../server/jobs/demo-data.ts'
import { Retention } from '../../../server/jobs/retention.ts'
import { JobRunner } from '../../../server/jobs/runner.ts'
import { VersionStore } from '../../../server/jobs/versions.ts'
import { silentLog } from '../../../server/logging/log.ts'
import { MemorySpool } from '../../../server/storage/spool-memory.ts'
import { FedAvg } from '../../../server/workflows/fedavg.ts'
import { ManualClock } from '../../../shared/clock/clock.ts'
import type { JobConfig } from '../../../shared/jobs/config.ts'
import { FlatParams } from '../../../shared/tensors/flat.ts'
import type { Layout } from '../../../shared/tensors/layout.ts'
import type { Disk, Mount } from './disk.ts'

export const ELEMENTS = 4
export const LAYOUT: Layout = [{ name: 'w', shape: [ELEMENTS], dtype: 'float32', role: 'trained' }]

const MODELS: ModelService = {
  initialise: async () => ({ layout: LAYOUT, params: FlatParams.zeros(ELEMENTS), base: FlatParams.zeros(0) }),
  evaluate: async () => null,
  close: async () => {},
}

const NO_DATA: DemoData = {
  testName: '',
  test: null,
  partitionSource: '',
  partitions: 0,
  partition: () => {
    throw new RangeError('there are no partitions')
  },
}

export class House {
  readonly clock: ManualClock
  readonly gateway: Gateway
  /** Null until the job is read from the disk. */
  runner: JobRunner | null = null
  /** Whoever was not back by then after a restart may have been given up. */
  readonly givesUpAt: number
  private readonly mount: Mount
  /** Why it did not start, if it did not. */
  failure: unknown = null
  private readonly peers = new Set<MemoryPeer>()

  /** `startMs`: what its clock says at first. It need not be later than the clock of the life before. */
  constructor(disk: Disk, config: JobConfig, startMs: number) {
    this.clock = new ManualClock(startMs)
    this.givesUpAt = startMs + config.graceSeconds * 1000
    // A process that has ended sends nothing more: not even what it does in the same turn.
    this.mount = disk.mount(() => this.cutAll())
    const { records, blobs } = this.mount
    const { clock } = this
    this.gateway = new Gateway({
      clock,
      log: silentLog,
      signingKey: 'the-signing-key',
      graceMs: () => config.graceSeconds * 1000,
      ingest: new Ingest({ clock, spool: new MemorySpool(), onError: () => {} }),
    })
    const versions = new VersionStore(blobs)
    const retention = new Retention({ records, blobs, versions, log: silentLog })
    const rooms = { clock, log: silentLog, records, versions, retention, models: MODELS }
    const makeWorkflow = (...[start, all]: ConstructorParameters<typeof FedAvg>) => new FedAvg(start, all)
    const options = { rooms: { ...rooms, tasks: this.gateway }, joinUrl: 'http://x/', demo: NO_DATA, makeWorkflow }
    // A write that fails may keep it from starting; whoever runs it tries again.
    JobRunner.open(options, config, config).then(
      (runner) => {
        if (this.dead) return
        this.gateway.listen(runner)
        this.runner = runner
      },
      (thrown: unknown) => {
        this.failure = thrown
        this.kill()
      },
    )
  }

  get dead(): boolean {
    return this.mount.dead()
  }

  /** Ends at once: what it had not written is lost. */
  kill(): void {
    this.mount.die()
  }

  connect(address: string): MemoryPeer | null {
    if (this.dead || !this.runner) return null
    const { channel, peer } = memoryChannel(address, this.clock)
    this.gateway.attach(channel)
    this.peers.add(peer)
    return peer
  }

  private cutAll(): void {
    for (const peer of this.peers) peer.close()
  }
}

/** All that is on its way arrives. No time passes. */
export function drain(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
