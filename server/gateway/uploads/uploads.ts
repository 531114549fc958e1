/** One client's uploads under way. They survive a lost connection: what is held is held until the session ends. */
import type { BeginAck, ChunkAck, Refusal, UpdateBegin, UpdateChunk } from '../../../shared/protocol/participant.ts'
import { ENCODING } from '../../../shared/updates/encoding.ts'
import type { UpdateSource } from '../../../shared/updates/source.ts'
import type { Vectors } from '../../../shared/updates/vectors.ts'
import type { Flight, Grant } from './flight.ts'
import type { Holder } from './holding.ts'
import type { Pool } from './pool.ts'
import { BEING_READ, busy, NOT_BEGUN, refuse } from './refusals.ts'
import { Upload } from './upload.ts'

/** An update all of whose bytes are here and have the declared sha256. */
export interface Whole {
  readonly begin: UpdateBegin
  /** null for the encoding `none`. Not to be read after `release`. */
  readonly source: UpdateSource | null
  /** Gives back what it takes of the bound. Whoever committed calls it, whatever became of the update; twice is harmless. */
  release(): Promise<void>
}

/** What all clients' uploads share. */
export interface UploadsShared {
  readonly flight: Flight
  readonly holder: Holder
  readonly unwritten: Pool
  readonly onError: (thrown: unknown) => void
}

export class Uploads {
  private readonly id: string
  private readonly shared: UploadsShared
  private readonly open = new Map<string, Upload>()
  /** Committed and not released: they are whoever committed them's. */
  private readonly whole = new Map<string, Upload>()
  /** Tasks that may have a place in line. */
  private readonly inLine = new Set<string>()

  /** `id`: of this client among all that share. */
  constructor(id: string, shared: UploadsShared) {
    this.id = id
    this.shared = shared
  }

  /**
   * An update of as many elements as `vectors` have is about to come, or goes on where it was. 'update/busy' with `retryMs`: its place in
   * line is kept if it asks again then.
   */
  async begin(begin: UpdateBegin, vectors: Vectors): Promise<BeginAck> {
    const { taskId, bytes } = begin
    if (this.whole.has(taskId)) return BEING_READ
    const known = this.open.get(taskId)
    if (known && isSame(known.begin, begin)) {
      // The bytes are the same; what is said of them may have been mended.
      known.begin = begin
      return this.opened(known)
    }
    if (known) this.end(known)
    const misfit = judgeSize(begin, vectors.length)
    if (misfit) return misfit
    if (bytes === 0) return this.opened(this.add(begin, null, vectors))
    const turn = this.shared.flight.ask(this.key(taskId), bytes)
    if ('retryMs' in turn) {
      this.inLine.add(taskId)
      return busy(turn.retryMs)
    }
    this.inLine.delete(taskId)
    return this.opened(this.add(begin, turn, vectors))
  }

  /** Several may come before the first is answered; an answer means that the bytes up to it are held. */
  async chunk({ taskId, offset, data }: UpdateChunk): Promise<ChunkAck> {
    const upload = this.open.get(taskId)
    if (!upload) return NOT_BEGUN
    const answer = await upload.take(offset, data instanceof ArrayBuffer ? new Uint8Array(data) : data)
    if (!answer.ok && answer.code === 'update/too-large') this.end(upload)
    return answer
  }

  /** The whole update, once. A refusal but 'update/wrong-size' and 'update/busy' means that the upload is over. */
  async commit(taskId: string): Promise<Whole | Refusal> {
    const upload = this.open.get(taskId)
    if (!upload) return this.whole.has(taskId) ? BEING_READ : NOT_BEGUN
    const { begin, held } = upload
    if (held !== begin.bytes) {
      return refuse('update/wrong-size', `${held} of ${begin.bytes} bytes have come. Send the rest first.`)
    }
    this.open.delete(taskId)
    this.whole.set(taskId, upload)
    const release = () => {
      this.whole.delete(taskId)
      return upload.free()
    }
    const refusal = await upload.finish()
    if (!refusal) return { begin, source: upload.source(), release }
    await release()
    return refusal
  }

  /** Forgets an upload and its place in line; one that is committed goes on. */
  drop(taskId: string): void {
    if (this.inLine.delete(taskId)) this.shared.flight.leave(this.key(taskId))
    const upload = this.open.get(taskId)
    if (upload) this.end(upload)
  }

  dropAll(): void {
    for (const taskId of [...this.inLine, ...this.open.keys()]) this.drop(taskId)
  }

  private add(begin: UpdateBegin, grant: Grant | null, vectors: Vectors): Upload {
    const { holder, unwritten, onError } = this.shared
    const upload: Upload = new Upload(begin, {
      grant,
      open: grant && (() => holder.open(vectors)),
      unwritten,
      failed: (thrown) => {
        onError(thrown)
        this.end(upload)
      },
      onError,
    })
    this.open.set(begin.taskId, upload)
    return upload
  }

  private async opened(upload: Upload): Promise<BeginAck> {
    return (await upload.opened) ?? { ok: true, held: upload.held }
  }

  private end(upload: Upload): void {
    const { taskId } = upload.begin
    if (this.open.get(taskId) === upload) this.open.delete(taskId)
    upload.free().catch(this.shared.onError)
  }

  private key(taskId: string): string {
    return `${this.id}/${taskId}`
  }
}

function isSame(a: UpdateBegin, b: UpdateBegin): boolean {
  return a.sha256 === b.sha256 && a.bytes === b.bytes && a.encoding === b.encoding
}

function judgeSize({ encoding, bytes }: UpdateBegin, elements: number): Refusal | null {
  const expected = ENCODING[encoding].bytes(elements)
  if (bytes === expected) return null
  return refuse(
    bytes > expected ? 'update/too-large' : 'update/wrong-size',
    `The update declares ${bytes} bytes; this model’s have ${expected}. Send every trained tensor once, as float32.`,
  )
}
