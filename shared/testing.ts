/**
 * For tests that `npm run test:long` runs at full counts and `npm test` at reduced ones: which counts to use, and where a
 * run's figures go. It knows no files: what is measured travels with the test's own report (see scripts/long).
 */
import { inject, type TaskMeta, TestRunner } from 'vitest'

export type Figure = number | string | boolean | null | readonly Figure[] | { readonly [name: string]: Figure }
export type Figures = Readonly<Record<string, Figure>>

/** One test's part of docs/evidence/NAME.json. */
export interface Evidence {
  /** The suite's name, as in scripts/long/suites.mjs. */
  readonly name: string
  readonly counts: Figures
  readonly result: Figures
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Set by vitest.config.ts from TRIBUTARY_COUNTS. */
    counts: 'reduced' | 'full'
  }
}

declare module '@vitest/runner' {
  interface TaskMeta {
    evidence?: Evidence
  }
}

/** Whether this run is one at full counts. */
export function full(): boolean {
  return inject('counts') === 'full'
}

/** The counts of this run. Both stand beside each other in the test, so that what `npm test` leaves out is plain to see. */
export function counts<T extends Figures>(of: { readonly reduced: T; readonly full: T }): T {
  return full() ? of.full : of.reduced
}

/**
 * Leaves a test's figures for docs/evidence/NAME.json. Called once in a test, after its last expectation: the file is
 * written only by a run at full counts all of whose tests passed. Concurrent tests must say which one they are (their
 * context's `task`).
 */
export function evidence(
  name: string,
  used: Figures,
  result: Figures,
  test: { readonly meta: TaskMeta } | undefined = TestRunner.getCurrentTest(),
): void {
  if (!test) throw new Error('evidence() belongs inside of a test')
  test.meta.evidence = { name, counts: used, result }
}
