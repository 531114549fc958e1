/** Rule A2: memory does not grow with the number of updates. */
import { setTimeout as sleep } from 'node:timers/promises'
import { addUpdate } from '../../shared/aggregation/add-update.ts'
import { makeGrid } from '../../shared/aggregation/grid.ts'
import { WeightedMean } from '../../shared/aggregation/weighted-mean.ts'
import { inMemory } from '../../shared/updates/source.ts'
import type { Row } from '../benchmark.ts'

const ELEMENTS = 100_000
const FEW = 10
const MANY = 10_000
const LIMITS = { maxElement: 1024, maxNorm: 1e6 }
const SETTLE_MS = 200

export async function memory(): Promise<Row[]> {
  const attempt = { job: 'bench', round: 1, attempt: 1 }
  const mean = new WeightedMean(attempt, makeGrid(MANY, LIMITS.maxElement), ELEMENTS)
  const add = async (from: number, to: number) => {
    for (let k = from; k < to; k++) {
      // As an upload does: the vector is taken when its first byte comes, and given back when it is summed.
      const update = mean.vectors.take()
      for (const tile of update.tiles) tile.fill(0.01)
      const counting = { taskId: `bench/1/${k}`, coefficient: 1 }
      await addUpdate(mean, counting, inMemory(update), LIMITS, { giveWay: () => sleep(0) })
      mean.vectors.give(update)
    }
  }
  await add(0, FEW)
  const few = await settled()
  await add(FEW, MANY)
  const many = await settled()
  const row = (metric: 'rss' | 'arrayBuffers', name: string): Row => ({
    case: `100 k parameters, ${FEW} → ${MANY} updates`,
    metric: name,
    value: (many[metric] - few[metric]) / 1e6,
    unit: 'MB',
  })
  return [row('rss', 'growth of resident memory'), row('arrayBuffers', 'growth of array buffers')]
}

/** After the garbage is gone: collected by force where Node was started with --expose-gc, else in its own time. */
async function settled(): Promise<NodeJS.MemoryUsage> {
  for (let k = 0; k < 5; k++) {
    globalThis.gc?.()
    await sleep(SETTLE_MS)
  }
  return process.memoryUsage()
}
