/** Where an upload's bytes lie until they are summed: small ones in memory while there is room for them, others on disk. */
import { endianness } from 'node:os'
import { FlatReader } from '../../../shared/tensors/bytes.ts'
import { FlatParams, TILE_ELEMENTS } from '../../../shared/tensors/flat.ts'
import { inMemory, type UpdateSource } from '../../../shared/updates/source.ts'
import type { Spool, Spooled } from '../../storage/spool.ts'
import { Pool } from './pool.ts'

export interface Holding {
  /** Takes the next bytes. They must not change until this has resolved. Throws the spool's errors. */
  append(bytes: Uint8Array): Promise<void>
  /** The vector, once all its bytes are there. */
  source(): UpdateSource
  /** Frees what was taken: at once (null), or when it resolves. Called once. */
  dispose(): Promise<void> | null
}

export interface HolderOptions {
  readonly spool: Spool
  /** Bytes of memory for all that is held there. */
  readonly memoryBytes: number
  /** What is larger goes to disk from its first byte. */
  readonly spillBytes: number
}

export class Holder {
  private readonly options: HolderOptions
  private readonly memory: Pool
  private readonly tiles = new TilePool()
  private readonly vectors = new VectorPool()

  constructor(options: HolderOptions) {
    this.options = options
    this.memory = new Pool(options.memoryBytes)
  }

  /** Bytes held in memory. */
  get memoryBytes(): number {
    return this.memory.used
  }

  /** Room for a vector of `elements` elements of float32. Throws the spool's errors. */
  async open(elements: number): Promise<Holding> {
    const bytes = elements * 4
    if (bytes <= this.options.spillBytes && this.memory.take(bytes)) {
      return new InMemory(this.vectors.take(elements), this.memory, this.vectors)
    }
    return new OnDisk(await this.options.spool.create(bytes), elements, this.tiles)
  }
}

class InMemory implements Holding {
  private reader: FlatReader | null
  private readonly bytes: number
  private readonly pool: Pool
  private readonly vectors: VectorPool

  constructor(vector: FlatParams, pool: Pool, vectors: VectorPool) {
    this.reader = new FlatReader(vector)
    this.bytes = vector.length * 4
    this.pool = pool
    this.vectors = vectors
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.reader?.push(bytes)
  }

  source(): UpdateSource {
    return inMemory((this.reader as FlatReader).finish())
  }

  dispose(): null {
    if (this.reader) this.vectors.give(this.reader.flat)
    this.reader = null
    this.pool.give(this.bytes)
    return null
  }
}

class OnDisk implements Holding {
  private readonly spooled: Spooled
  private readonly length: number
  private readonly pool: TilePool

  constructor(spooled: Spooled, length: number, pool: TilePool) {
    this.spooled = spooled
    this.length = length
    this.pool = pool
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.spooled.append(bytes)
  }

  source(): UpdateSource {
    return { length: this.length, tiles: () => this.read() }
  }

  dispose(): Promise<void> {
    return this.spooled.dispose()
  }

  /** Each reader has one tile that it fills again and again. */
  private async *read(): AsyncGenerator<Float32Array> {
    const tile = this.pool.take()
    try {
      for (let at = 0; at < this.length; at += TILE_ELEMENTS) {
        const part = tile.subarray(0, Math.min(TILE_ELEMENTS, this.length - at))
        const bytes = Buffer.from(tile.buffer, 0, part.byteLength)
        await this.spooled.read(bytes, at * 4)
        if (endianness() === 'BE') bytes.swap32()
        yield part
      }
    } finally {
      this.pool.give(tile)
    }
  }
}

/**
 * Vectors that uploads use one after the other, of the length that was asked for last: one job has one length. New ones
 * each time would be the larger part of the garbage that makes V8 walk through the whole heap, five times a round.
 */
class VectorPool {
  private length = 0
  private idle: FlatParams[] = []

  /** Its elements are what they were: whoever takes it fills all of it. */
  take(length: number): FlatParams {
    if (length !== this.length) this.idle = []
    this.length = length
    return this.idle.pop() ?? FlatParams.zeros(length)
  }

  give(vector: FlatParams): void {
    const most = IDLE_VECTOR_BYTES / (vector.length * 4)
    if (vector.length === this.length && this.idle.length < most) this.idle.push(vector)
  }
}

const IDLE_VECTOR_BYTES = 48 << 20

/** Tiles of 4 MiB that readers use one after the other: new ones each time would be garbage faster than it is collected. */
class TilePool {
  private readonly idle: Float32Array<ArrayBuffer>[] = []

  take(): Float32Array<ArrayBuffer> {
    return this.idle.pop() ?? new Float32Array(TILE_ELEMENTS)
  }

  give(tile: Float32Array<ArrayBuffer>): void {
    if (this.idle.length < IDLE_TILES) this.idle.push(tile)
  }
}

const IDLE_TILES = 2
