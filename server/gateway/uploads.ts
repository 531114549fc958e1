import { createHash, type Hash } from 'node:crypto'
import type { BeginAck, ChunkAck, Refusal, UpdateBegin, UpdateChunk } from '../../shared/protocol/participant.ts'
import { FlatReader } from '../../shared/tensors/bytes.ts'
import type { FlatParams } from '../../shared/tensors/flat.ts'
import { ENCODING } from '../../shared/updates/encoding.ts'

interface Upload {
  readonly begin: UpdateBegin
  readonly reader: FlatReader
  readonly hash: Hash
}

/** Bytes that all clients' open uploads may have declared together (rule U2). */
export class FlightBudget {
  private readonly limit: number
  private used = 0

  constructor(limit: number) {
    this.limit = limit
  }

  take(bytes: number): boolean {
    // One upload always passes, however large: otherwise a model beyond the limit could never be trained.
    if (this.used > 0 && this.used + bytes > this.limit) return false
    this.used += bytes
    return true
  }

  release(bytes: number): void {
    this.used -= bytes
  }
}

/** One client's uploads under way: bytes in order, counted and hashed as they come. Survives a lost connection. */
export class Uploads {
  private readonly budget: FlightBudget
  private readonly open = new Map<string, Upload>()

  constructor(budget: FlightBudget) {
    this.budget = budget
  }

  /** An update of `elements` elements is about to come, or goes on where it was. */
  begin(begin: UpdateBegin, elements: number): BeginAck {
    const known = this.open.get(begin.taskId)
    if (known && known.begin.sha256 === begin.sha256) return { ok: true, held: known.reader.bytes }
    this.drop(begin.taskId)
    const expected = ENCODING[begin.encoding].bytes(elements)
    if (begin.bytes !== expected) {
      const code = begin.bytes > expected ? 'update/too-large' : 'update/wrong-size'
      return refuse(
        code,
        `The update declares ${begin.bytes} bytes; this model’s have ${expected}. Send every trained tensor once, as float32.`,
      )
    }
    if (!this.budget.take(begin.bytes)) {
      return refuse('update/busy', 'Too many updates are arriving at once. Offer this one again in a second.')
    }
    this.open.set(begin.taskId, { begin, reader: new FlatReader(expected / 4), hash: createHash('sha256') })
    return { ok: true, held: 0 }
  }

  chunk({ taskId, offset, data }: UpdateChunk): ChunkAck {
    const upload = this.open.get(taskId)
    if (!upload) return refuse('update/not-begun', 'This upload was not begun, or was given up. Begin it anew.')
    if (offset !== upload.reader.bytes) {
      return refuse(
        'update/wrong-offset',
        `The chunk begins at byte ${offset}; ${upload.reader.bytes} bytes are held. Begin again to go on from there.`,
      )
    }
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data
    if (offset + bytes.length > upload.begin.bytes) {
      this.drop(taskId)
      return refuse(
        'update/too-large',
        `The chunk goes past the ${upload.begin.bytes} bytes that were declared. Begin the upload anew.`,
      )
    }
    upload.reader.push(bytes)
    upload.hash.update(bytes)
    return { ok: true, held: upload.reader.bytes }
  }

  /** The whole update, once; the upload is over then, whatever became of it. */
  commit(taskId: string): { begin: UpdateBegin; params: FlatParams | null } | Refusal {
    const upload = this.open.get(taskId)
    if (!upload) return refuse('update/not-begun', 'This upload was not begun, or was given up. Begin it anew.')
    const { begin, reader, hash } = upload
    if (reader.bytes !== begin.bytes) {
      return refuse('update/wrong-size', `${reader.bytes} of ${begin.bytes} bytes have come. Send the rest first.`)
    }
    this.drop(taskId)
    if (hash.digest('hex') !== begin.sha256) {
      return refuse(
        'update/wrong-digest',
        'The bytes that arrived do not have the declared sha256. Send the update again.',
      )
    }
    return { begin, params: begin.encoding === 'none' ? null : reader.finish() }
  }

  drop(taskId: string): void {
    const upload = this.open.get(taskId)
    if (upload) this.budget.release(upload.begin.bytes)
    this.open.delete(taskId)
  }

  dropAll(): void {
    for (const taskId of [...this.open.keys()]) this.drop(taskId)
  }
}

function refuse(code: string, message: string): Refusal {
  return { ok: false, code, message }
}
