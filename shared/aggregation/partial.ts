import { TributaryError } from '../errors/error.ts'
import type { Grid } from './grid.ts'

/** A sum over some of an attempt's clients, on its way to be merged with the others'. */
export interface Partial {
  readonly job: string
  readonly round: number
  readonly attempt: number
  readonly grid: Grid
  /** Elements of the flat vector. */
  readonly length: number
  /** Integers in float64: Σ round(cₖΔᵢ / g), in tiles as FlatParams'. */
  readonly sums: readonly Float64Array[]
  readonly totalCoefficient: number
  readonly taskIds: readonly string[]
}

/** Which tile of a partial a message carries. */
export interface PartialTile {
  readonly index: number
  readonly head: Omit<Partial, 'sums'>
  readonly sums: Float64Array
}

/**
 * One tile as bytes: length of the head (uint32), the head as JSON padded to a multiple of 8 with spaces,
 * then the sums as float64; all little-endian. The head names job, round, attempt, grid, tile, Σcₖ and task ids.
 */
export function encodePartialTile(partial: Partial, index: number): Uint8Array {
  const sums = partial.sums[index]
  if (!sums) throw new RangeError(`no tile ${index}`)
  const { sums: _, ...head } = partial
  const text = new TextEncoder().encode(JSON.stringify({ ...head, tile: index }))
  const padded = Math.ceil((text.length + 4) / 8) * 8 - 4
  const out = new Uint8Array(4 + padded + sums.length * 8).fill(0x20, 4, 4 + padded)
  const view = new DataView(out.buffer)
  view.setUint32(0, padded, true)
  out.set(text, 4)
  for (let i = 0; i < sums.length; i++) view.setFloat64(4 + padded + i * 8, sums[i] as number, true)
  return out
}

export function decodePartialTile(bytes: Uint8Array): PartialTile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const padded = bytes.length >= 4 ? view.getUint32(0, true) : Number.POSITIVE_INFINITY
  const at = 4 + padded
  if (at > bytes.length || (bytes.length - at) % 8 !== 0) throw malformed('its lengths do not add up')
  let head: Omit<Partial, 'sums'> & { tile: number }
  try {
    head = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, at)))
  } catch {
    throw malformed('its head is not JSON')
  }
  const sums = new Float64Array((bytes.length - at) / 8)
  for (let i = 0; i < sums.length; i++) sums[i] = view.getFloat64(at + i * 8, true)
  const { tile, ...rest } = head
  return { index: tile, head: rest, sums }
}

/** A whole partial from its tiles, in any order. */
export function joinPartialTiles(tiles: readonly PartialTile[]): Partial {
  const sorted = [...tiles].sort((a, b) => a.index - b.index)
  const first = sorted[0]
  if (!first) throw malformed('it has no tiles')
  const head = JSON.stringify(first.head)
  const length = sorted.reduce((n, t) => n + t.sums.length, 0)
  if (sorted.some((t, i) => t.index !== i || JSON.stringify(t.head) !== head) || length !== first.head.length) {
    throw malformed('its tiles do not belong together')
  }
  return { ...first.head, sums: sorted.map((t) => t.sums) }
}

function malformed(what: string): TributaryError {
  return new TributaryError('protocol/malformed', `A partial sum cannot be read: ${what}. Send it again.`)
}
