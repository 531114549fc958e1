import { FlatParams, TILE_ELEMENTS, tileCount, tileLength } from '../tensors/flat.ts'
import { fastestStretch } from './kernel/simd.ts'
import { type MakeStretch, type Stretch, slotElements, type Weighting } from './kernel/stretch.ts'
import type { Trace } from './kernel/trace.ts'
import { Landing } from './landing.ts'

/** Tiles in one stretch: 128 MiB of sums, so that no single memory grows with the model. */
const TILES_PER_STRETCH = 16
const STRETCH_ELEMENTS = TILES_PER_STRETCH * TILE_ELEMENTS
/** For updates that wait in memory to be added: so many at most, and so many bytes. What is never used takes none. */
const MOST_VECTORS = 256
const VECTOR_BYTES = 48 << 20

export interface SumsOptions {
  readonly makeStretch?: MakeStretch
  /** How many vectors the sums' own memory has room for. */
  readonly vectors?: number
}

/** An attempt's sums, 8 bytes an element, read and written by tiles as FlatParams'. */
export class Sums {
  /** Of vectors that are added where they lie. */
  readonly landing: Landing
  private readonly length: number
  private readonly stretches: readonly Stretch[]

  constructor(length: number, { makeStretch = fastestStretch, vectors = usualVectors(length) }: SumsOptions = {}) {
    this.length = length
    this.stretches = stretchLengths(length).map((part) => makeStretch(part, vectors * slotElements(part)))
    // Where there was no memory for them, there are none.
    const slots = this.stretches.every(({ spare }) => spare.length > 0) ? vectors : 0
    this.landing = new Landing(length, slots, (slot) => this.slot(slot))
  }

  /** The sums themselves; what is read of them holds until the next addition. */
  get tiles(): Float64Array[] {
    return this.stretches.flatMap(({ sums }) => cut(sums))
  }

  /** Elements of tile `tile`; 0 where there is none. */
  tileLength(tile: number): number {
    return tileLength(this.length, tile)
  }

  /** Memory for tile `tile` of an update, from which it is added without a copy. */
  room(tile: number): Float32Array {
    return this.stretch(tile).room.subarray(0, this.tileLength(tile))
  }

  /** Adds one tile; see Stretch.add. */
  add(tile: number, values: Float32Array, weighting: Weighting, trace: Trace): boolean {
    return this.stretch(tile).add(tile % TILES_PER_STRETCH, values, weighting, trace)
  }

  /** Takes it away; see Stretch.subtract. */
  subtract(tile: number, values: Float32Array, weighting: Weighting, trace: Trace): boolean {
    return this.stretch(tile).subtract(tile % TILES_PER_STRETCH, values, weighting, trace)
  }

  clear(): void {
    for (const stretch of this.stretches) stretch.clear()
  }

  /** Each sum times `step`, exactly, divided by `divisor` and rounded to float32. */
  scaled(step: number, divisor: number): FlatParams {
    const sums = this.tiles
    const out = FlatParams.zeros(this.length)
    out.tiles.forEach((tile, t) => {
      const from = sums[t] as Float64Array
      for (let i = 0; i < tile.length; i++) tile[i] = ((from[i] as number) * step) / divisor
    })
    return out
  }

  private stretch(tile: number): Stretch {
    const stretch = this.stretches[Math.floor(tile / TILES_PER_STRETCH)]
    if (!stretch) throw new RangeError(`no tile ${tile}`)
    return stretch
  }

  /** A vector over the slots of all stretches with this number. */
  private slot(slot: number): FlatParams {
    const parts = stretchLengths(this.length).map((part, s) => {
      const at = slot * slotElements(part)
      return (this.stretches[s] as Stretch).spare.subarray(at, at + part)
    })
    return FlatParams.over(parts.flatMap(cut))
  }
}

function usualVectors(length: number): number {
  return Math.min(MOST_VECTORS, Math.floor(VECTOR_BYTES / (slotElements(length) * 4)))
}

function stretchLengths(length: number): number[] {
  return Array.from({ length: Math.ceil(length / STRETCH_ELEMENTS) }, (_, s) =>
    Math.min(STRETCH_ELEMENTS, length - s * STRETCH_ELEMENTS),
  )
}

function cut<Elements extends Float32Array | Float64Array>(elements: Elements): Elements[] {
  return Array.from(
    { length: tileCount(elements.length) },
    (_, t) => elements.subarray(t * TILE_ELEMENTS, (t + 1) * TILE_ELEMENTS) as Elements,
  )
}
