import { aggregate } from './aggregate/index.ts'
import type { Benchmark } from './benchmark.ts'
import { coordinator } from './coordinator/index.ts'
import { data } from './data/index.ts'
import { round } from './round/index.ts'
import { simulation } from './simulate/index.ts'
import { training } from './training/index.ts'

/** All benchmarks, by the name on the command line. */
export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  aggregate,
  coordinator,
  data,
  round,
  simulate: simulation,
  training,
}
