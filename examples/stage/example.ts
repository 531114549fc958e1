/** What every example is made of. */

import type { Chart } from './chart.ts'

export interface Stage {
  /** Says how far it is. */
  say(line: string): void
  /** Fewer rounds and less data: what tests run. */
  readonly small: boolean
  /** What was given after the example's name. */
  readonly args: readonly string[]
}

/** What an example came to: a table for people, and the same for programs. */
export interface Outcome {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** What can be seen in it. */
  readonly sentence: string
  readonly result: object
  /** The same as a picture. */
  readonly chart: Chart | null
}

export interface Example {
  /** In one line. */
  readonly about: string
  run(stage: Stage): Promise<Outcome>
}
