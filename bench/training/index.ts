/**
 * Training in one real Chromium: ours against stock tfjs, on the same data, from the same weights, in turns. Each side has a
 * worker of its own. `auto` is the backend that a tab would choose, against the fastest one on which stock can train.
 */
import type { BackendName } from '../../shared/protocol/participant.ts'
import type { Benchmark, Row } from '../benchmark.ts'
import { median } from '../interleave.ts'
import { type Arena, openArena } from './arena.ts'
import { MODELS, type ModelName } from './models.ts'
import type { GpuCalls, OptimizerName, Setup } from './page/contender.ts'

const OPTIMIZERS: readonly OptimizerName[] = ['sgd', 'adam']
const BACKENDS: readonly BackendName[] = ['webgpu', 'wasm', 'webgl', 'cpu']
const BATCH = 32
const TURNS = 5
/** A turn is so long, or one step. */
const TURN_MS = 400
/** Steps whose JavaScript is timed, and for how long it is at most begun. */
const ENCODES = 25
const ENCODE_MS = 15_000
/** Where a step takes longer than this, two turns must do; where it takes longer than that, one. */
const SLOW_MS = 3000
const VERY_SLOW_MS = 15_000
const SIDES = ['ours', 'stock'] as const
type SideName = (typeof SIDES)[number]

/** What one side showed. */
interface Shown {
  readonly msPerStep: number
  /** With all that is compiled for it. */
  readonly firstMs: number
  readonly encodeMs: number
  readonly memoryMb: number
  readonly gpu: GpuCalls
}

/** null: this side cannot train the model there. */
type Duel = { readonly [side in SideName]: Shown | null } & { readonly ratio: number | null }

export const training: Benchmark = {
  about: `local training in a real Chromium, batches of ${BATCH}, against stock TensorFlow.js`,
  async run(only): Promise<Row[]> {
    const arena = await openArena()
    try {
      const adapter = await arena.adapter()
      const rows: Row[] = []
      const peak = await arena.matmulRate('wasm')
      rows.push({ case: 'machine', metric: 'matmul on wasm', value: peak, unit: 'GFLOP/s' })
      for (const model of Object.keys(MODELS) as ModelName[]) {
        for (const optimizer of OPTIMIZERS) {
          const duels = new Map<BackendName, Duel>()
          for (const backend of BACKENDS) {
            const name = `${model}/${optimizer}/${backend}`
            if (!matches(only, name) && !matches(only, `${model}/${optimizer}/auto`)) continue
            const duel = await fight(arena, { model, optimizer, backend })
            duels.set(backend, duel)
            rows.push(...rowsOf(name, duel, `stock ${backend}`))
            process.stderr.write(`${name}: ${said(duel)}\n`)
          }
          const auto = adapter?.hardware ? 'webgpu' : 'wasm'
          if (duels.size === BACKENDS.length) rows.push(...autoRow(`${model}/${optimizer}/auto`, auto, duels))
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
async function fight(arena: Arena, setup: Omit<Setup, 'side'>): Promise<Duel> {
  const prepared: { [side in SideName]: { firstMs: number; secondMs: number } | null } = { ours: null, stock: null }
  try {
    for (const side of SIDES) prepared[side] = await arena.prepare(side, { ...setup, side })
    const able = SIDES.filter((side) => prepared[side] !== null)
    const slow = Math.max(...able.map((side) => prepared[side]?.secondMs ?? 0))
    const turns = slow > VERY_SLOW_MS ? 1 : slow > SLOW_MS ? 2 : TURNS
    const times: { [side in SideName]: number[] } = { ours: [], stock: [] }
    for (let turn = 0; turn < turns; turn++) {
      for (const side of turn % 2 === 0 ? able : able.toReversed()) {
        const steps = Math.max(1, Math.min(50, Math.floor(TURN_MS / (prepared[side]?.secondMs ?? TURN_MS))))
        times[side].push((await arena.train(side, steps)) / steps)
      }
    }
    // One step at a time: what an adapter that is a program computes meanwhile would be in its way.
    const encodes: { [side in SideName]: number[] } = { ours: [], stock: [] }
    const until = setup.backend === 'webgpu' ? performance.now() + ENCODE_MS : 0
    while (performance.now() < until && encodes.ours.length < ENCODES) {
      for (const side of able) encodes[side].push(await arena.encode(side, 1))
    }
    const shown = async (side: SideName): Promise<Shown | null> => {
      const before = prepared[side]
      if (!before) return null
      return {
        msPerStep: median(times[side]),
        firstMs: before.firstMs,
        encodeMs: median(encodes[side]),
        memoryMb: (await arena.memoryBytes(side)) / 2 ** 20,
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
    { case: name, metric: 'memory', value: ours.memoryMb, unit: 'MiB', ...against(ours.memoryMb, stock?.memoryMb) },
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

function autoRow(name: string, auto: BackendName, duels: ReadonlyMap<BackendName, Duel>): Row[] {
  const own = duels.get(auto)?.ours
  const able = [...duels].flatMap(([backend, { stock }]) => (stock ? [{ backend, ms: stock.msPerStep }] : []))
  const best = able.toSorted((a, b) => a.ms - b.ms)[0]
  const compared = best
    ? { baseline: `stock ${best.backend}`, baselineValue: best.ms, ratio: own ? best.ms / own.msPerStep : 0 }
    : {}
  return [{ case: name, metric: `step on ${auto}`, value: own?.msPerStep ?? Number.NaN, unit: 'ms', ...compared }]
}

function said({ ours, stock, ratio }: Duel): string {
  const ms = (shown: Shown | null) => (shown ? `${shown.msPerStep.toPrecision(3)} ms` : 'cannot train it')
  return `${ms(ours)}, stock ${ms(stock)}${ratio === null ? '' : `, ratio ${ratio.toFixed(2)}`}`
}
