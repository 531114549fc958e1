/** Where an upload's bytes lie until they are summed: small ones in memory while there is room for them, others on disk. */
import { endianness } from 'node:os'
import { FlatReader } from '../../../shared/tensors/bytes.ts'
import { TILE_ELEMENTS, tileCount, tileLength } from '../../../shared/tensors/flat.ts'
import { inMemory, type Room, type UpdateSource } from '../../../shared/updates/source.ts'
import type { Vectors } from '../../../shared/updates/vectors.ts'
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

  constructor(options: HolderOptions) {
    this.options = options
    this.memory = new Pool(options.memoryBytes)
  }

  /** Bytes held in memory. */
  get memoryBytes(): number {
    return this.memory.used
  }

  /** Room for one vector: one of these, or on disk. Throws the spool's errors. */
  async open(vectors: Vectors): Promise<Holding> {
    const bytes = vectors.length * 4
    if (bytes <= this.options.spillBytes && this.memory.take(bytes)) return new InMemory(vectors, this.memory)
    return new OnDisk(await this.options.spool.create(bytes), vectors.length)
  }
}

class InMemory implements Holding {
  private reader: FlatReader | null
  private readonly bytes: number
  private readonly pool: Pool
  private readonly vectors: Vectors

  constructor(vectors: Vectors, pool: Pool) {
    this.reader = new FlatReader(vectors.take())
    this.bytes = vectors.length * 4
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

  constructor(spooled: Spooled, length: number) {
    this.spooled = spooled
    this.length = length
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.spooled.append(bytes)
  }

  source(): UpdateSource {
    return { length: this.length, tiles: (room) => this.read(room) }
  }

  dispose(): Promise<void> {
    return this.spooled.dispose()
  }

  private async *read(room: Room = this.roomOfItsOwn()): AsyncGenerator<Float32Array> {
    for (let tile = 0; tile < tileCount(this.length); tile++) {
      const part = room(tile)
      const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength)
      await this.spooled.read(bytes, tile * TILE_ELEMENTS * 4)
      if (endianness() === 'BE') bytes.swap32()
      yield part
    }
  }

  /** For readers that bring none: one tile that is filled again and again. */
  private roomOfItsOwn(): Room {
    const memory = new Float32Array(tileLength(this.length, 0))
    return (tile) => memory.subarray(0, tileLength(this.length, tile))
  }
}
