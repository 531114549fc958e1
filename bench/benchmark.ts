/** What a benchmark measures. Times on shared machines swing: only figures of one run are compared. */

/** One figure. `ratio` above 1: ours is better than the baseline. */
export interface Row {
  readonly case: string
  readonly metric: string
  readonly value: number
  readonly unit: string
  readonly baseline?: string
  readonly baselineValue?: number
  readonly ratio?: number
}

export interface Benchmark {
  /** One line: what is measured. */
  readonly about: string
  /** `only`: of its cases, those whose names begin with this; null: all. */
  run(only: string | null): Promise<Row[]>
}
