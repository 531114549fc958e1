/**
 * One update on its way: its bytes are checked for their place as they arrive, several before the first is written,
 * hashed, and handed on in order. What fails ends it, once, and frees all that it took.
 */
import { createHash } from 'node:crypto'
import type { ChunkAck, Refusal, UpdateBegin } from '../../../shared/protocol/participant.ts'
import { CHUNK_WINDOW } from '../../../shared/protocol/version.ts'
import type { UpdateSource } from '../../../shared/updates/source.ts'
import type { Grant } from './flight.ts'
import type { Holding } from './holding.ts'
import type { Pool } from './pool.ts'
import { busy, NOT_BEGUN, refusalFor, refuse } from './refusals.ts'

/** The largest chunk. */
export const MAX_CHUNK_BYTES = 1 << 20
/** When a client that sent too much ahead of its acknowledgements may go on. */
const AHEAD_RETRY_MS = 250

const WRONG_DIGEST = refuse(
  'update/wrong-digest',
  'The bytes that arrived do not have the declared sha256. Send the update again.',
)

export interface UploadParts {
  /** What it takes of U2's bound; null where it carries no bytes. */
  readonly grant: Grant | null
  /** Opens the place for its bytes; null where it carries none. */
  readonly open: (() => Promise<Holding>) | null
  /** Bytes that have arrived and are not written yet, of all uploads. */
  readonly unwritten: Pool
  /** It has ended by an error; said once. */
  readonly failed: (thrown: unknown) => void
  /** Something could not be freed; the upload is over all the same. */
  readonly onError: (thrown: unknown) => void
}

export class Upload {
  begin: UpdateBegin
  /** Resolves when the place for its bytes is open, or with why it is not. */
  readonly opened: Promise<Refusal | null>
  private readonly parts: UploadParts
  private readonly hash = createHash('sha256')
  private holding: Holding | null = null
  /** Bytes that have arrived in order. */
  private arrived = 0
  /** Of these, the bytes that are still to be written. */
  private ahead = 0
  private chain: Promise<unknown> = Promise.resolve()
  private links = 0
  /** Why it is over. */
  private end: Refusal | null = null
  private freed: Promise<void> | null = null

  constructor(begin: UpdateBegin, parts: UploadParts) {
    this.begin = begin
    this.parts = parts
    this.opened = this.link(async () => {
      this.holding = (await parts.open?.()) ?? null
    })
  }

  /** Bytes that need not be sent any more. */
  get held(): number {
    return this.arrived
  }

  /** Takes a chunk; answers when its bytes are held. All that can be said against it is said before anything waits. */
  async take(offset: number, bytes: Uint8Array): Promise<ChunkAck> {
    const refusal = this.judge(offset, bytes.length)
    if (refusal) return refusal
    const held = offset + bytes.length
    this.arrived = held
    this.ahead += bytes.length
    this.parts.unwritten.force(bytes.length)
    this.hash.update(bytes)
    const failure = await this.link(async () => {
      await this.holding?.append(bytes)
    })
    this.ahead -= bytes.length
    this.parts.unwritten.give(bytes.length)
    return failure ?? { ok: true, held }
  }

  /** All its bytes are written and have the declared sha256; or why not. Nothing can be taken any more. */
  finish(): Promise<Refusal | null> {
    return this.link(async () => {
      if (this.hash.digest('hex') !== this.begin.sha256) this.end = WRONG_DIGEST
    })
  }

  /** Its vector, once it is finished; null where it carries none. */
  source(): UpdateSource | null {
    return this.holding?.source() ?? null
  }

  /** Ends it, and frees all once what is being written is written. May be called at any time, and again. */
  free(why: Refusal = NOT_BEGUN): Promise<void> {
    this.end ??= why
    // Where nothing is under way, what can be freed at once is.
    this.freed ??= this.links === 0 ? this.giveBack() : this.chain.then(() => this.giveBack())
    return this.freed
  }

  private judge(offset: number, length: number): Refusal | null {
    if (length === 0 || length > MAX_CHUNK_BYTES) {
      return refuse('protocol/malformed', `A chunk has ${length} bytes. Send from 1 to ${MAX_CHUNK_BYTES} at a time.`)
    }
    if (offset !== this.arrived) {
      return refuse(
        'update/wrong-offset',
        `The chunk begins at byte ${offset}; ${this.arrived} bytes are held. Begin again to go on from there.`,
      )
    }
    if (offset + length > this.begin.bytes) {
      return refuse(
        'update/too-large',
        `The chunk goes past the ${this.begin.bytes} bytes that were declared. Begin the upload anew.`,
      )
    }
    // One chunk is always taken, so that every upload goes on; more only while there is room for what waits for the disk.
    const most = CHUNK_WINDOW * MAX_CHUNK_BYTES
    if (this.ahead > 0 && (this.ahead + length > most || !this.parts.unwritten.fits(length)))
      return busy(AHEAD_RETRY_MS)
    return null
  }

  /** Runs `work` when all that was linked before has run, unless the upload is over. Resolves with why it is, if it is. */
  private link(work: () => Promise<void>): Promise<Refusal | null> {
    this.links++
    const done = this.chain.then(async () => {
      try {
        if (!this.end) await work()
      } catch (thrown) {
        this.fail(thrown)
      }
      this.links--
      return this.end
    })
    this.chain = done
    return done
  }

  private fail(thrown: unknown): void {
    if (this.end) return
    this.end = refusalFor(thrown)
    this.parts.failed(thrown)
  }

  private async giveBack(): Promise<void> {
    try {
      const disposed = this.holding?.dispose()
      if (disposed) await disposed
    } catch (thrown) {
      this.parts.onError(thrown)
    } finally {
      this.parts.grant?.release()
    }
  }
}
