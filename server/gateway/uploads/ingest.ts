/** All updates on their way to this coordinator: one bound, one line, one share of memory (rules U2 and A2). */
import type { Clock } from '../../../shared/clock/clock.ts'
import type { Spool } from '../../storage/spool.ts'
import { Flight } from './flight.ts'
import { Holder } from './holding.ts'
import { Pool } from './pool.ts'
import { Uploads, type UploadsShared } from './uploads.ts'

const MIB = 1 << 20

export interface IngestLimits {
  /** Declared bytes of all uploads under way, until they are summed; in memory and on disk together. */
  readonly maxBytesInFlight: number
  /** Uploads under way. Those on disk hold a file open each. */
  readonly maxUploads: number
  /** Bytes of updates in memory. What waits to be written to disk is part of it. */
  readonly maxMemoryBytes: number
  /** An update that is larger goes to disk from its first byte. */
  readonly spillBytes: number
}

export const INGEST_LIMITS: IngestLimits = {
  maxBytesInFlight: 8192 * MIB,
  maxUploads: 1024,
  maxMemoryBytes: 64 * MIB,
  spillBytes: 8 * MIB,
}

export interface IngestOptions {
  readonly clock: Clock
  readonly spool: Spool
  readonly limits?: Partial<IngestLimits>
  /** Told of what went wrong with the spool. Clients learn what concerns them by themselves. */
  readonly onError: (thrown: unknown) => void
}

export interface IngestFigures {
  readonly bytesInFlight: number
  readonly uploads: number
  /** Places in line. */
  readonly waiting: number
  readonly memoryBytes: number
}

/** The part of maxMemoryBytes that is for bytes on their way to disk: 1 / UNWRITTEN_SHARE. */
const UNWRITTEN_SHARE = 4

export class Ingest {
  private readonly shared: UploadsShared
  private clients = 0

  constructor({ clock, spool, limits, onError }: IngestOptions) {
    const { maxBytesInFlight, maxUploads, maxMemoryBytes, spillBytes } = { ...INGEST_LIMITS, ...limits }
    const unwritten = Math.floor(maxMemoryBytes / UNWRITTEN_SHARE)
    this.shared = {
      flight: new Flight({ maxBytes: maxBytesInFlight, maxUploads }, clock),
      holder: new Holder({ spool, memoryBytes: maxMemoryBytes - unwritten, spillBytes }),
      unwritten: new Pool(unwritten),
      onError,
    }
  }

  /** The uploads of one more client session. `dropAll` is called when it ends. */
  client(): Uploads {
    return new Uploads(`${this.clients++}`, this.shared)
  }

  get figures(): IngestFigures {
    const { flight, holder, unwritten } = this.shared
    return {
      bytesInFlight: flight.bytes,
      uploads: flight.uploads,
      waiting: flight.waiting,
      memoryBytes: holder.memoryBytes + unwritten.used,
    }
  }
}
