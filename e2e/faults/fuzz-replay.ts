/** Computes every version again from the updates of those who counted: the honest clients', and the few others' that may. */
import { makeGrid } from '../../shared/aggregation/grid.ts'
import { sgdServerOptimizer } from '../../shared/aggregation/server-optimizer.ts'
import { WeightedMean } from '../../shared/aggregation/weighted-mean.ts'
import type { RoundRow } from '../../shared/protocol/dashboard.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { sameBits } from '../../shared/tensors/testing.ts'
import type { FuzzCoordinator } from './fuzz-coordinator.ts'
import { SUBNORMAL } from './fuzz-invited.ts'
import { INVITED_EXAMPLES } from './fuzz-messages.ts'
import { difference, examplesOf } from './work.ts'

/** The job's largest element, as its configuration has it by default. */
const MAX_ELEMENT = 1024

/** `honest`: their indices by id. Empty is well: each version is, bit for bit, what its updates amount to. */
export async function wrongVersionsOf(
  coordinator: FuzzCoordinator,
  honest: ReadonlyMap<string, number>,
): Promise<string[]> {
  const { versions } = coordinator.board.now
  const params = async (version: number) => {
    const digest = versions.find((row) => row.version === version)?.digest
    return FlatParams.concat([await coordinator.download(digest ?? `version ${version}`)])
  }
  const wrong: string[] = []
  let before = await params(0)
  for (const row of coordinator.board.committed) {
    const actual = await params(row.version ?? -1)
    if (!sameBits(actual, next(before, row, honest))) wrong.push(`version ${row.version} of attempt ${row.key}`)
    before = actual
  }
  return wrong
}

function next(before: FlatParams, { bars, round, attempt }: RoundRow, honest: ReadonlyMap<string, number>): FlatParams {
  const examples = (id: string) => {
    const index = honest.get(id)
    return index === undefined ? INVITED_EXAMPLES : examplesOf(index)
  }
  const total = bars.reduce((n, { clientId }) => n + examples(clientId), 0)
  const sums = new WeightedMean({ job: 'replay', round, attempt }, makeGrid(total, MAX_ELEMENT), before.length)
  for (const { clientId, state } of bars) {
    if (state !== 'counted') continue
    const index = honest.get(clientId)
    const params = index === undefined ? constant(before.length) : difference(before, index, round)
    const numExamples = examples(clientId)
    const update = { paramsType: 'diff', params, numExamples, metrics: {} } as const
    sums.add({ taskId: clientId, coefficient: numExamples, update })
  }
  return sgdServerOptimizer(1).step(before, sums.finish(), [])
}

/** The only valid update that hostile clients send. */
function constant(length: number): FlatParams {
  const made = FlatParams.zeros(length)
  for (const tile of made.tiles) tile.fill(SUBNORMAL)
  return made
}
