/**
 * Training in one real Chromium: ours against stock tfjs, on the same data, from the same weights, in turns. Each side has a
 * worker of its own. `auto` is the backend that a tab chooses, against the fastest one on which stock can train.
 */

import type { GpuCalls } from '../../e2e/lab/page/gpu-calls.ts'
import type { BackendName } from '../../shared/protocol/participant.ts'
import type { Benchmark, Row } from '../benchmark.ts'
import { median } from '../interleave.ts'
import { type Arena, openArena } from './arena.ts'
import { MODELS, type ModelName } from './models.ts'
import type { MemoryBytes, OptimizerName, Prepared, Setup } from './page/contender.ts'

const OPTIMIZERS: readonly OptimizerName[] = ['sgd', 'adam']
const BACKENDS: readonly BackendName[] = ['webgpu', 'wasm', 'webgl', 'cpu']
const BATCH = 32
const TURNS = 5
/** A turn is so long, or one step. */
const TURN_MS = 400
/** Steps whose JavaScript is timed, and for how long it is at most begun. */
const ENCODES = 25
const ENCODE_MS = 15_000
/** Where a step takes longer than this and no bar is set, two turns must do; where it takes longer than that, one. */
const SLOW_MS = 3000
const VERY_SLOW_MS = 15_000
const MIB = 2 ** 20
const SIDES = ['ours', 'stock'] as const
type SideName = (typeof SIDES)[number]

/** What one side showed. */
interface Shown extends Prepared {
  readonly msPerStep: number
  readonly encodeMs: number
  readonly memory: MemoryBytes
  readonly gpu: GpuCalls
}

/** null: this side cannot train the model there. */
type Duel = { readonly [side in SideName]: Shown | null } & { readonly ratio: number | null }

export const training: Benchmark = {
  about: `local training in a real Chromium, batches of ${BATCH}, against stock TensorFlow.js`,
  async run(only): Promise<Row[]> {
    const arena = await openArena()
    try {
      const rows: Row[] = []
      const product = { case: 'machine', metric: 'matmul of 512 × 512 on wasm', unit: 'GFLOP/s' }
      const rate = await arena.matmulRate({ side: 'stock', backend: 'wasm' })
      const own = await arena.matmulRate({ side: 'ours', backend: 'wasm' })
      rows.push({ ...product, value: own, baseline: 'stock wasm, one thread', baselineValue: rate, ratio: own / rate })
      for (const model of Object.keys(MODELS) as ModelName[]) {
        for (const optimizer of OPTIMIZERS) {
          const duels = new Map<BackendName, Duel>()
          for (const backend of BACKENDS) {
            const name = `${model}/${optimizer}/${backend}`
            if (!matches(only, name) && !matches(only, `${model}/${optimizer}/auto`)) continue
            const ours = { side: 'ours', model, optimizer, backend } as const
            const duel = await fight(arena, ours, { ...ours, side: 'stock' })
            duels.set(backend, duel)
            rows.push(...rowsOf(name, duel, `stock ${backend}`), ...shareRow(name, backend, duel, rate))
            process.stderr.write(`${name}: ${said(duel)}\n`)
          }
          const fastest = duels.size === BACKENDS.length ? fastestStock(duels) : null
          if (!fastest) continue
          const name = `${model}/${optimizer}/auto`
          const ours = { side: 'ours', model, optimizer, backend: 'auto' } as const
          const duel = await fight(arena, ours, { ...ours, side: 'stock', backend: fastest })
          rows.push(...rowsOf(name, duel, `stock ${fastest}`), ...shareRow(name, duel.ours?.backend, duel, rate))
          process.stderr.write(`${name}: ${said(duel)}, on ${duel.ours?.backend}, ${duel.ours?.adapter}\n`)
        }
      }
      return rows
    } finally {
      await arena.close()
    }
  },
}

function matches(only: string | null, name: string): boolean {
  return only === null || name.startsWith(only)
}

/** Turn by turn, the one that is first changing, so that both meet the same moods of the machine. */
async function fight(arena: Arena, ours: Setup, stock: Setup): Promise<Duel> {
  const setups = { ours, stock }
  const prepared: { [side in SideName]: Prepared | null } = { ours: null, stock: null }
  try {
    for (const side of SIDES) prepared[side] = await arena.prepare(side, setups[side])
    const able = SIDES.filter((side) => prepared[side] !== null)
    const slow = Math.max(...able.map((side) => prepared[side]?.secondMs ?? 0))
    const free = ours.backend === 'webgl' || ours.backend === 'cpu'
    const turns = free && slow > VERY_SLOW_MS ? 1 : free && slow > SLOW_MS ? 2 : TURNS
    const times: { [side in SideName]: number[] } = { ours: [], stock: [] }
    for (let turn = 0; turn < turns; turn++) {
      for (const side of turn % 2 === 0 ? able : able.toReversed()) {
        const steps = Math.max(1, Math.min(50, Math.floor(TURN_MS / (prepared[side]?.secondMs ?? TURN_MS))))
        times[side].push((await arena.train(side, steps)) / steps)
      }
    }
    // One step at a time: what an adapter that is a program computes meanwhile would be in its way.
    const encodes: { [side in SideName]: number[] } = { ours: [], stock: [] }
    const until = prepared.ours?.backend === 'webgpu' ? performance.now() + ENCODE_MS : 0
    while (performance.now() < until && encodes.ours.length < ENCODES) {
      for (const side of able) encodes[side].push(await arena.encode(side, 1))
    }
    const shown = async (side: SideName): Promise<Shown | null> => {
      const before = prepared[side]
      if (!before) return null
      return {
        ...before,
        msPerStep: median(times[side]),
        encodeMs: median(encodes[side]),
        memory: await arena.memory(side),
        gpu: await arena.gpuCalls(side),
      }
    }
    const ratios = times.ours.map((ms, i) => (times.stock[i] ?? Number.NaN) / ms)
    const ratio = able.length === 2 ? median(ratios) : null
    return { ours: await shown('ours'), stock: await shown('stock'), ratio }
  } finally {
    for (const side of SIDES) await arena.end(side)
  }
}

function rowsOf(name: string, { ours, stock, ratio }: Duel, baseline: string): Row[] {
  // What ours cannot train and stock can is a defeat, and shows as one.
  if (!ours) {
    if (!stock) return []
    const lost = { baseline, baselineValue: stock.msPerStep, ratio: 0 }
    return [{ case: name, metric: 'step: cannot train', value: Number.NaN, unit: 'ms', ...lost }]
  }
  const against = (own: number, theirs: number | undefined) =>
    theirs === undefined ? {} : { baseline, baselineValue: theirs, ...(own > 0 && { ratio: theirs / own }) }
  const timed = ratio === null ? {} : { baseline, baselineValue: stock?.msPerStep ?? Number.NaN, ratio }
  const speed = (BATCH * 1000) / ours.msPerStep
  const rows: Row[] = [
    { case: name, metric: 'step', value: ours.msPerStep, unit: 'ms', ...timed },
    { case: name, metric: 'speed', value: speed, unit: 'examples/s' },
    { case: name, metric: 'first step', value: ours.firstMs, unit: 'ms', ...against(ours.firstMs, stock?.firstMs) },
    ...(['held', 'peak'] as const).flatMap((kind): Row[] => {
      const own = ours.memory[kind]
      if (own === null) return []
      const theirs = stock?.memory[kind] ?? undefined
      const baselines = against(own / MIB, theirs === undefined ? undefined : theirs / MIB)
      return [{ case: name, metric: `memory, ${kind}`, value: own / MIB, unit: 'MiB', ...baselines }]
    }),
  ]
  if (ours.gpu.dispatches === 0) return rows
  const calls = Object.entries(ours.gpu).map(([call, value]) => ({
    case: name,
    metric: call,
    value,
    unit: 'per step',
    ...against(value, stock?.gpu[call as keyof GpuCalls]),
  }))
  const encoded = { value: ours.encodeMs, unit: 'ms', ...against(ours.encodeMs, stock?.encodeMs) }
  return [...rows, { case: name, metric: 'JavaScript', ...encoded }, ...calls]
}

/** How much of what this machine can do in a product of matrices a step does. */
function shareRow(name: string, backend: BackendName | undefined, { ours }: Duel, rate: number): Row[] {
  if (backend !== 'wasm' || !ours || ours.flops === null) return []
  const value = ours.flops / ours.msPerStep / 1e6
  const compared = { baseline: 'matmul by stock wasm, one thread', baselineValue: rate, ratio: value / rate }
  return [{ case: name, metric: 'arithmetic', value, unit: 'GFLOP/s', ...compared }]
}

function fastestStock(duels: ReadonlyMap<BackendName, Duel>): BackendName | null {
  const able = [...duels].flatMap(([backend, { stock }]) => (stock ? [{ backend, ms: stock.msPerStep }] : []))
  return able.toSorted((a, b) => a.ms - b.ms)[0]?.backend ?? null
}

function said({ ours, stock, ratio }: Duel): string {
  const ms = (shown: Shown | null) => (shown ? `${shown.msPerStep.toPrecision(3)} ms` : 'cannot train it')
  return `${ms(ours)}, stock ${ms(stock)}${ratio === null ? '' : `, ratio ${ratio.toFixed(2)}`}`
}
