/**
 * Computes versions again from what the board says of who counted, and compares bit for bit: an update that counted twice,
 * or for another round, or not at all, gives other parameters.
 */
import { makeGrid } from '../../shared/aggregation/grid.ts'
import { sgdServerOptimizer } from '../../shared/aggregation/server-optimizer.ts'
import { WeightedMean } from '../../shared/aggregation/weighted-mean.ts'
import { parseJobConfig } from '../../shared/jobs/config.ts'
import type { DashboardSnapshot, RoundRow } from '../../shared/protocol/dashboard.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { sameBits } from '../../shared/tensors/testing.ts'
import type { RunningCoordinator } from '../coordinator-process.ts'
import { difference, examplesOf } from './work.ts'

/**
 * Rounds of `board` after `since` whose version is not what its clients' updates, each once, amount to. Empty is well.
 * `indices`: of all clients that there were, by id.
 */
export async function wrongVersions(
  coordinator: RunningCoordinator,
  board: DashboardSnapshot,
  indices: ReadonlyMap<string, number>,
  since = 0,
): Promise<string[]> {
  const { maxElement } = parseJobConfig(board.job.config, 'the board’s job').limits
  const wrong: string[] = []
  let before: { readonly version: number; readonly params: FlatParams } | null = null
  for (const row of board.rounds) {
    const { version } = row
    if (version === null || row.kind !== 'train' || row.round <= since) continue
    const parent = version - 1
    const from: FlatParams = before?.version === parent ? before.params : await download(coordinator, board, parent)
    const actual = await download(coordinator, board, version)
    if (!sameBits(actual, next(from, row, indices, maxElement))) wrong.push(`version ${version} of attempt ${row.key}`)
    before = { version, params: actual }
  }
  return wrong
}

function next(before: FlatParams, row: RoundRow, indices: ReadonlyMap<string, number>, maxElement: number): FlatParams {
  const total = row.bars.reduce((n, bar) => n + examplesOf(indices.get(bar.clientId) ?? 0), 0)
  const identity = { job: 'replay', round: row.round, attempt: row.attempt }
  const sums = new WeightedMean(identity, makeGrid(total, maxElement), before.length)
  for (const { clientId, state } of row.bars) {
    const index = indices.get(clientId)
    if (state !== 'counted' || index === undefined) continue
    const params = difference(before, index, row.round)
    const numExamples = examplesOf(index)
    const update = { paramsType: 'diff', params, numExamples, metrics: {} } as const
    sums.add({ taskId: clientId, coefficient: numExamples, update })
  }
  return sgdServerOptimizer(1).step(before, sums.finish(), [])
}

async function download(
  { url, token }: RunningCoordinator,
  { versions }: DashboardSnapshot,
  version: number,
): Promise<FlatParams> {
  const row = versions.find((v) => v.version === version)
  const response = await fetch(`${url}/api/models/${row?.digest}/weights.bin`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  if (!response.ok) throw new Error(`version ${version}: ${response.status} ${await response.text()}`)
  return FlatParams.concat([new Float32Array(await response.arrayBuffer())])
}
