/** For tests of uploads: an Ingest over a spool that a test can hold up and break. */
import { createHash } from 'node:crypto'
import { ManualClock } from '../../../shared/clock/clock.ts'
import type { UpdateBegin } from '../../../shared/protocol/participant.ts'
import { DIGEST } from '../../../shared/protocol/testing.ts'
import { flatBytes, joinBytes } from '../../../shared/tensors/bytes.ts'
import { numbered } from '../../../shared/tensors/testing.ts'
import type { UpdateSource } from '../../../shared/updates/source.ts'
import type { Spool, Spooled } from '../../storage/spool.ts'
import { MemorySpool } from '../../storage/spool-memory.ts'
import { Ingest, type IngestLimits } from './ingest.ts'

/** A spool whose every operation waits while it is held up, and throws what it is told to. */
export class TrickySpool implements Spool {
  readonly memory = new MemorySpool()
  /** Sizes, in the order in which they were written. */
  readonly written: number[] = []
  readonly fails: Partial<Record<'create' | 'append' | 'read' | 'dispose', Error>> = {}
  private gate: Promise<void> = Promise.resolve()
  private openGate = () => {}

  hold(): void {
    this.gate = new Promise((resolve) => {
      this.openGate = resolve
    })
  }

  letGo(): void {
    this.openGate()
  }

  async create(bytes: number): Promise<Spooled> {
    await this.pass('create')
    const inner = await this.memory.create(bytes)
    const { written } = this
    return {
      get bytes() {
        return inner.bytes
      },
      append: async (data) => {
        await this.pass('append')
        written.push(data.length)
        await inner.append(data)
      },
      read: async (target, offset) => {
        await this.pass('read')
        await inner.read(target, offset)
      },
      dispose: async () => {
        await this.pass('dispose')
        await inner.dispose()
      },
    }
  }

  private async pass(what: keyof TrickySpool['fails']): Promise<void> {
    await this.gate
    const failure = this.fails[what]
    if (failure) throw failure
  }
}

export function testIngest(limits: Partial<IngestLimits> = {}) {
  const clock = new ManualClock()
  const spool = new TrickySpool()
  const errors: unknown[] = []
  const ingest = new Ingest({ clock, spool, limits, onError: (thrown) => errors.push(thrown) })
  return { ingest, clock, spool, errors }
}

export interface Offer {
  readonly begin: UpdateBegin
  readonly bytes: Uint8Array
  readonly elements: number
}

/** An update of numbers that betray any mix-up. */
export function updateOf(taskId: string, elements: number, seed = 1): Offer {
  const bytes = joinBytes(flatBytes(numbered(elements, seed)))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const begin: UpdateBegin = {
    taskId,
    encoding: 'f32',
    layout: DIGEST,
    bytes: bytes.length,
    sha256,
    numExamples: 10,
    metrics: {},
    timings: { downloadMs: 0, trainMs: 0 },
    bytesDown: 0,
  }
  return { begin, bytes, elements }
}

/** What a reader of the source sees, as bytes. */
export async function bytesOf(source: UpdateSource | null): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const tile of source?.tiles() ?? []) {
    pieces.push(Buffer.from(Buffer.from(tile.buffer, tile.byteOffset, tile.byteLength)))
  }
  return Buffer.concat(pieces)
}
