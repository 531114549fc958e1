/**
 * From a received, hash-verified buffer to the exact sum, finite and bound checks and norm included, on one core.
 * `received`: updates of many clients, 256 MB of them together (at least four), each read once a turn, from buffers of
 * their own; memcpy copies the same buffers to as many others. `cached`: one update again and again, and memcpy
 * between two buffers that stay in the cache.
 */
import { createHash } from 'node:crypto'
import { makeGrid } from '../../shared/aggregation/grid.ts'
import { WeightedMean } from '../../shared/aggregation/weighted-mean.ts'
import { random } from '../../shared/random/random.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { inMemory } from '../../shared/updates/source.ts'
import type { Row } from '../benchmark.ts'
import { interleave, type Timed } from '../interleave.ts'

const SIZES = [10_000, 100_000, 1_000_000, 10_000_000, 50_000_000]
const CACHED = 100_000
const POOL_BYTES = 256e6
/** Bytes that each competitor reads in one turn, at least: enough for the clock. */
const TURN_BYTES = 8e6
const LIMITS = { maxElement: 1024, maxNorm: 1e6 }
const EXAMPLES = 600

export function speed(): Row[] {
  const rows = SIZES.flatMap((elements) => {
    const updates = Math.max(4, Math.ceil(POOL_BYTES / (elements * 4)))
    return compare(`${label(elements)}, received`, elements, updates)
  })
  for (const elements of SIZES) if (elements <= CACHED) rows.push(...compare(`${label(elements)}, cached`, elements, 1))
  return rows
}

function compare(name: string, elements: number, count: number): Row[] {
  const sources = pool(elements, count)
  const targets = sources.map((source) => source.tiles.map((tile) => tile.slice()))
  const perTurn = Math.ceil(TURN_BYTES / (elements * 4))
  const each = (work: (params: FlatParams, index: number) => void) => (turn: number) => {
    for (let k = 0; k < perTurn; k++) {
      const index = (turn * perTurn + k) % count
      work(sources[index] as FlatParams, index)
    }
    return perTurn * elements * 4
  }
  const sums = new Float64Array(elements)
  const { memcpy, ...ours } = interleave(
    {
      memcpy: each((params, index) => copy(params, targets[index] as Float32Array[])),
      'exact sum (SIMD)': each(exactSum(elements)),
      'plain JS, float64': each((params) => plainSum(sums, params)),
      sha256: each((params) => sha256(params)),
    },
    elements >= 10_000_000 ? 9 : 25,
  )
  return Object.entries(ours).map(([metric, timed]) => row(name, metric, timed, memcpy))
}

function row(name: string, metric: string, { rate, ratio }: Timed, memcpy: Timed): Row {
  return { case: name, metric, value: rate, unit: 'GB/s', baseline: 'memcpy', baselineValue: memcpy.rate, ratio }
}

/** Adds each update as the coordinator does; a new attempt begins before the coefficients exceed the grid. */
function exactSum(elements: number): (params: FlatParams) => void {
  const clients = 1_000_000
  const attempt = { job: 'bench', round: 1, attempt: 1 }
  const mean = new WeightedMean(attempt, makeGrid(EXAMPLES * clients, LIMITS.maxElement), elements)
  let task = 0
  return (params) => {
    const adding = mean.begin({ taskId: `bench/1/${task++}`, coefficient: EXAMPLES }, LIMITS)
    for (const tile of inMemory(params).tiles() as Iterable<Float32Array>) adding.tile(tile)
    adding.finish()
  }
}

/** What one would write without WebAssembly: exact, but with neither checks nor norm. */
function plainSum(sums: Float64Array, params: FlatParams): void {
  let at = 0
  for (const tile of params.tiles) {
    for (let i = 0; i < tile.length; i++) sums[at + i] = (sums[at + i] as number) + EXAMPLES * (tile[i] as number)
    at += tile.length
  }
}

function copy(params: FlatParams, target: readonly Float32Array[]): void {
  params.tiles.forEach((tile, t) => target[t]?.set(tile))
}

function sha256(params: FlatParams): void {
  const hash = createHash('sha256')
  for (const tile of params.tiles) hash.update(tile)
  hash.digest()
}

/** Updates whose values look like differences of weights: small, both signs. */
function pool(elements: number, count: number): FlatParams[] {
  const draws = random(1, 'bench')
  const pattern = Float32Array.from({ length: 4099 }, () => draws.normal() * 0.01)
  return Array.from({ length: count }, () => {
    const params = FlatParams.zeros(elements)
    for (const tile of params.tiles) for (let i = 0; i < tile.length; i++) tile[i] = pattern[i % 4099] as number
    return params
  })
}

function label(elements: number): string {
  return elements >= 1e6 ? `${elements / 1e6} M parameters` : `${elements / 1e3} k parameters`
}
