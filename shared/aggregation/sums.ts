import { FlatParams, TILE_ELEMENTS } from '../tensors/flat.ts'
import { fastestStretch } from './kernel/simd.ts'
import type { MakeStretch, Stretch, Weighting } from './kernel/stretch.ts'

/** Tiles in one stretch: 128 MiB of sums, so that no single memory grows with the model. */
const TILES_PER_STRETCH = 16

/** An attempt's sums, 8 bytes an element, read and written by tiles as FlatParams'. */
export class Sums {
  /** Views of the sums themselves. */
  readonly tiles: readonly Float64Array[]
  private readonly stretches: readonly Stretch[]

  constructor(length: number, makeStretch: MakeStretch = fastestStretch) {
    const stretches: Stretch[] = []
    const most = TILES_PER_STRETCH * TILE_ELEMENTS
    for (let at = 0; at < length; at += most) stretches.push(makeStretch(Math.min(most, length - at)))
    this.stretches = stretches
    this.tiles = stretches.flatMap(({ sums }) => cut(sums))
  }

  /** Adds one tile; see Stretch.accumulate. */
  accumulate(tile: number, values: Float32Array, weighting: Weighting, squares: number): number {
    const stretch = this.stretches[Math.floor(tile / TILES_PER_STRETCH)]
    if (!stretch) throw new RangeError(`no tile ${tile}`)
    return stretch.accumulate((tile % TILES_PER_STRETCH) * TILE_ELEMENTS, values, weighting, squares)
  }

  clear(): void {
    for (const { sums } of this.stretches) sums.fill(0)
  }

  /** Each sum times `step`, exactly, divided by `divisor` and rounded to float32. */
  scaled(step: number, divisor: number): FlatParams {
    const out = FlatParams.zeros(this.tiles.reduce((n, { length }) => n + length, 0))
    out.tiles.forEach((tile, t) => {
      const sums = this.tiles[t] as Float64Array
      for (let i = 0; i < tile.length; i++) tile[i] = ((sums[i] as number) * step) / divisor
    })
    return out
  }
}

function cut(sums: Float64Array): Float64Array[] {
  return Array.from({ length: Math.ceil(sums.length / TILE_ELEMENTS) }, (_, t) =>
    sums.subarray(t * TILE_ELEMENTS, (t + 1) * TILE_ELEMENTS),
  )
}
