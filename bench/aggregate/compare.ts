/** One case of speed.ts, in a process of its own: `compare.ts NAME ELEMENTS UPDATES` prints its rows as JSON. */
import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeGrid } from '../../shared/aggregation/grid.ts'
import { WeightedMean } from '../../shared/aggregation/weighted-mean.ts'
import { random } from '../../shared/random/random.ts'
import type { FlatParams } from '../../shared/tensors/flat.ts'
import type { Room } from '../../shared/updates/source.ts'
import type { Vectors } from '../../shared/updates/vectors.ts'
import type { Row } from '../benchmark.ts'
import { interleave, type Timed } from '../interleave.ts'

/** Bytes that each competitor reads in one turn, at least: what the one before has left in the caches is soon gone. */
const TURN_BYTES = 128e6
const LIMITS = { maxElement: 1024, maxNorm: 1e6 }
const EXAMPLES = 600
/** Of one attempt. */
const CLIENTS = 1000
const ATTEMPT = { job: 'bench', round: 1, attempt: 1 }
const GRID = makeGrid(EXAMPLES * CLIENTS, LIMITS.maxElement)
const TASK_IDS = Array.from({ length: CLIENTS }, (_, task) => `bench/1/${task}`)
/** Models that are held on disk, and take a while. */
const LARGE = 10_000_000

async function compare(name: string, elements: number, count: number): Promise<Row[]> {
  const mean = new WeightedMean(ATTEMPT, GRID, elements, { vectors: count })
  const sources = pool(mean.vectors, count)
  const targets = sources.map((source) => source.tiles.map((tile) => tile.slice()))
  const file = elements >= LARGE ? new UpdateFile(sources[0] as FlatParams) : null
  const perTurn = Math.ceil(TURN_BYTES / (elements * 4))
  const each = (work: (params: FlatParams, index: number) => void) => (turn: number) => {
    for (let k = 0; k < perTurn; k++) {
      const index = (turn * perTurn + k) % count
      work(sources[index] as FlatParams, index)
    }
    return perTurn * elements * 4
  }
  const sums = new Float64Array(elements)
  const turns = elements >= LARGE ? { turns: 15, warmUp: 4 } : { turns: 25, warmUp: 12 }
  const add = exactSum(mean)
  const { memcpy, ...ours } = await interleave<string>(
    {
      memcpy: each((params, index) => copy(params, targets[index] as Float32Array[])),
      'exact sum (SIMD)': each((params) => add(() => params.tiles)),
      'exact sum, from elsewhere': each((_, index) => add(() => targets[index] as Float32Array[])),
      ...(file ? { 'exact sum, from a file': each(() => add((room) => file.tiles(room))) } : {}),
      'plain JS, float64': each((params) => plainSum(sums, params)),
      sha256: each((params) => sha256(params)),
    },
    turns,
  )
  file?.close()
  if (!memcpy) throw new Error('nothing to compare with')
  return Object.entries(ours).map(([metric, timed]) => row(name, metric, timed, memcpy))
}

function row(name: string, metric: string, { rate, ratio }: Timed, memcpy: Timed): Row {
  return { case: name, metric, value: rate, unit: 'GB/s', baseline: 'memcpy', baselineValue: memcpy.rate, ratio }
}

type Tiles = Iterable<Float32Array>

/** Adds each update as the coordinator does, a new attempt after every CLIENTS of them. */
function exactSum(mean: WeightedMean): (read: (room: Room) => Tiles) => void {
  return (read) => {
    if (mean.taskIds.size === CLIENTS) mean.reset(ATTEMPT, GRID)
    const adding = mean.begin({ taskId: TASK_IDS[mean.taskIds.size] as string, coefficient: EXAMPLES }, LIMITS)
    for (const tile of read(adding.room)) adding.tile(tile)
    adding.finish()
  }
}

/** An update that was spilled. */
class UpdateFile {
  private readonly folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'))
  private readonly file = openSync(join(this.folder, 'update'), 'wx+')
  private readonly lengths: readonly number[]

  constructor({ tiles }: FlatParams) {
    for (const tile of tiles) writeSync(this.file, tile)
    this.lengths = tiles.map((tile) => tile.length)
  }

  *tiles(room: Room): Tiles {
    let at = 0
    for (const [tile, length] of this.lengths.entries()) {
      const place = room(tile)
      if (readSync(this.file, place, { position: at }) !== length * 4) throw new Error('the file is too short')
      at += length * 4
      yield place
    }
  }

  close(): void {
    closeSync(this.file)
    rmSync(this.folder, { recursive: true })
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
function pool(vectors: Vectors, count: number): FlatParams[] {
  const draws = random(1, 'bench')
  const pattern = Float32Array.from({ length: 4099 }, () => draws.normal() * 0.01)
  return Array.from({ length: count }, () => {
    const params = vectors.take()
    for (const tile of params.tiles) for (let i = 0; i < tile.length; i++) tile[i] = pattern[i % 4099] as number
    return params
  })
}

const [name = '', elements, count] = process.argv.slice(2)
console.log(JSON.stringify(await compare(name, Number(elements), Number(count))))
