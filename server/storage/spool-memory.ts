import { TributaryError } from '../../shared/errors/error.ts'
import type { Spool, Spooled } from './spool.ts'

/** A spool in memory: for tests, and for coordinators without a disk. It holds up to `limit` bytes. */
export class MemorySpool implements Spool {
  private readonly limit: number
  private taken = 0

  constructor(limit = Number.POSITIVE_INFINITY) {
    this.limit = limit
  }

  /** Bytes that room was made for. */
  get used(): number {
    return this.taken
  }

  async create(bytes: number): Promise<Spooled> {
    if (this.taken + bytes > this.limit) {
      throw new TributaryError('storage/full', `There is no room for ${bytes} more bytes beside ${this.taken}.`)
    }
    this.taken += bytes
    return new InMemory(() => {
      this.taken -= bytes
    })
  }
}

class InMemory implements Spooled {
  private held: Uint8Array | null = new Uint8Array(0)
  private readonly free: () => void

  constructor(free: () => void) {
    this.free = free
  }

  get bytes(): number {
    return this.held?.length ?? 0
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.held = Buffer.concat([this.contents(), bytes])
  }

  async read(target: Uint8Array, offset: number): Promise<void> {
    const held = this.contents()
    if (offset + target.length > held.length) {
      throw new TributaryError('storage/corrupt', `${held.length} bytes are held, not ${offset + target.length}.`)
    }
    target.set(held.subarray(offset, offset + target.length))
  }

  async dispose(): Promise<void> {
    if (this.held) this.free()
    this.held = null
  }

  private contents(): Uint8Array {
    if (this.held) return this.held
    throw new TributaryError('storage/unusable', 'These bytes were given up.')
  }
}
