import { TributaryError } from '../errors/error.ts'
import { FlatParams, TILE_ELEMENTS } from './flat.ts'

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/** The tile's bytes, little-endian. Shares memory where the machine is little-endian, as all that browsers run on are. */
function tileBytes(tile: Float32Array): Uint8Array {
  if (littleEndian) return new Uint8Array(tile.buffer, tile.byteOffset, tile.byteLength)
  const out = new DataView(new ArrayBuffer(tile.byteLength))
  tile.forEach((value, i) => out.setFloat32(i * 4, value, true))
  return new Uint8Array(out.buffer)
}

/** The vector's bytes, float32 little-endian, tile by tile, without a copy. */
export function* flatBytes(flat: FlatParams): Generator<Uint8Array> {
  for (const tile of flat.tiles) yield tileBytes(tile)
}

/** Takes a flat vector's bytes in pieces of any size, in order; what an upload or a download is read into. */
export class FlatReader {
  readonly flat: FlatParams
  private held = 0
  private readonly views: Uint8Array[]

  /** `into`: of this length, or a vector whose elements are all to be overwritten. */
  constructor(into: number | FlatParams) {
    this.flat = typeof into === 'number' ? FlatParams.zeros(into) : into
    this.views = this.flat.tiles.map((t) => new Uint8Array(t.buffer, t.byteOffset, t.byteLength))
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.held
  }

  get totalBytes(): number {
    return this.flat.length * 4
  }

  push(bytes: Uint8Array): void {
    if (this.held + bytes.length > this.totalBytes) {
      throw new TributaryError(
        'update/too-large',
        `${this.held + bytes.length} bytes came for a vector of ${this.totalBytes}. Send float32 values of this model's layout.`,
      )
    }
    const tileSize = TILE_ELEMENTS * 4
    let done = 0
    while (done < bytes.length) {
      const view = this.views[Math.floor(this.held / tileSize)] as Uint8Array
      const from = this.held % tileSize
      const n = Math.min(bytes.length - done, view.length - from)
      view.set(bytes.subarray(done, done + n), from)
      done += n
      this.held += n
    }
  }

  /** The vector, once all its bytes are there. */
  finish(): FlatParams {
    if (this.held !== this.totalBytes) {
      throw new TributaryError('update/wrong-size', `${this.held} bytes came where ${this.totalBytes} were expected.`)
    }
    if (!littleEndian) {
      for (const tile of this.flat.tiles) {
        const view = new DataView(tile.buffer, tile.byteOffset, tile.byteLength)
        for (let i = 0; i < tile.length; i++) tile[i] = view.getFloat32(i * 4, true)
      }
    }
    return this.flat
  }
}

/** A copy of the vector's bytes [offset, offset + length), float32 little-endian. */
export function readBytes(flat: FlatParams, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length)
  let tileStart = 0
  for (const bytes of flatBytes(flat)) {
    const from = Math.max(offset, tileStart)
    const to = Math.min(offset + length, tileStart + bytes.length)
    if (from < to) out.set(bytes.subarray(from - tileStart, to - tileStart), from - offset)
    tileStart += bytes.length
  }
  return out
}

/** The pieces as one; a single piece is returned as it is. */
export function joinBytes(pieces: Iterable<Uint8Array>): Uint8Array {
  const all = [...pieces]
  const [first] = all
  if (first && all.length === 1) return first
  const out = new Uint8Array(all.reduce((n, piece) => n + piece.length, 0))
  let at = 0
  for (const piece of all) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}
