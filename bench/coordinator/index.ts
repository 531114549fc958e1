import type { Benchmark } from '../benchmark.ts'
import { idle } from './idle.ts'
import { rounds } from './rounds.ts'

/** Clients and rounds. */
const ROUNDS = [
  [10, 40],
  [100, 20],
  [1000, 6],
] as const
const IDLE = [1000, 5000]

export const coordinator: Benchmark = {
  about: 'updates a second, the end of a round, and memory, by the number of simulated clients',
  async run() {
    const rows = []
    for (const [clients, turns] of ROUNDS) rows.push(...(await rounds(clients, turns)))
    for (const clients of IDLE) rows.push(...(await idle(clients)))
    return rows
  },
}
