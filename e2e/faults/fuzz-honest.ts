/** What happened to the honest clients and their rounds. */
import type { RoundRow } from '../../shared/protocol/dashboard.ts'
import type { FuzzCoordinator } from './fuzz-coordinator.ts'
import type { SimulatedClient } from './swarm.ts'

/** In words, whatever an honest client or its rounds noticed of the others. Empty is well. */
export function disturbances(
  clients: readonly SimulatedClient[],
  honest: ReadonlyMap<string, number>,
  { board }: FuzzCoordinator,
): string[] {
  const faults: string[] = []
  for (const { index, welcomes, lost, problems, receipts, connection } of clients) {
    const name = `client ${index}`
    if (new Set(welcomes).size !== 1 || welcomes.length !== 1)
      faults.push(`${name} said hello ${welcomes.length} times`)
    if (lost > 0 || connection !== 'connected') faults.push(`${name} lost its connection ${lost} times`)
    faults.push(...problems.map((problem) => `${name}: ${problem}`))
    for (const [task, [first, ...more]] of receipts) {
      if (first?.status === 'accepted' && more.length === 0) continue
      faults.push(`${name} was told of ${task}: ${[first, ...more].map((receipt) => receipt?.status).join(', ')}`)
    }
  }
  for (const row of board.rows.values()) {
    if (row.state !== 'committed') faults.push(`attempt ${row.key} is ${row.state}: ${row.reason}`)
    const counted = row.bars.filter(({ clientId, state }) => honest.has(clientId) && state === 'counted')
    if (counted.length !== honest.size) faults.push(`attempt ${row.key} counts ${counted.length} honest updates`)
  }
  if (board.lost > 0) faults.push(`the dashboard lost its connection ${board.lost} times`)
  return faults
}

/** Of rounds, from their opening to their commit, in milliseconds. */
export function roundTimes(rows: readonly RoundRow[]): {
  median: number
  p95: number
  longest: number
  rounds: number
} {
  const times = rows.map(({ startedAt, endedAt }) => (endedAt ?? Number.NaN) - startedAt).sort((a, b) => a - b)
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN
  return { median: at(0.5), p95: at(0.95), longest: at(1), rounds: times.length }
}
