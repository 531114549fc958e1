import type { Benchmark } from '../benchmark.ts'
import { memory } from './memory.ts'
import { speed } from './speed.ts'

export const aggregate: Benchmark = {
  about: 'exact sums (rule A1) against memcpy in the same run; memory over many updates (rule A2)',
  run: async () => [...speed(), ...(await memory())],
}
