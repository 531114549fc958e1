// docs/evidence/NAME.json: what a suite found at full counts, on which machine and from which commit.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { inRoot, ROOT } from '../setup/paths.mjs'

/** The machine in words: a figure means little without it. */
export function machine() {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  }
}

/** The commit that is checked out; `dirty` where the tree differs from it, so that nobody takes the figures for its own. */
export function checkout() {
  const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
  try {
    // Evidence of earlier suites of the same run changes no code.
    const changed = git('status', '--porcelain', '--', '.', ':(exclude)docs/evidence')
    return { commit: git('rev-parse', 'HEAD'), ...(changed === '' ? {} : { dirty: true }) }
  } catch {
    return { commit: 'none: not a git checkout' }
  }
}

/**
 * What the tests of one suite left in vitest's JSON report, by test.
 * Pure. @returns {{ counts: object, result: object }}
 */
export function gathered(name, report) {
  const parts = report.testResults
    .flatMap((file) => file.assertionResults)
    .filter((test) => test.status === 'passed')
    .map((test) => ({ title: test.title, evidence: test.meta?.evidence }))
    .filter(({ evidence }) => evidence?.name === name)
  return {
    counts: Object.fromEntries(parts.map(({ title, evidence }) => [title, evidence.counts])),
    result: Object.fromEntries(parts.map(({ title, evidence }) => [title, evidence.result])),
  }
}

/**
 * What Playwright's JSON report tells of each test: its steps, and how long it took.
 * Pure. @returns {{ counts: object, result: object }}
 */
export function timed(report) {
  const counts = {}
  const result = {}
  for (const { title, specs } of report.suites) {
    for (const spec of specs) {
      const [run] = spec.tests[0].results
      const name = `${title}: ${spec.title}`
      counts[name] = { steps: (run.steps ?? []).length }
      result[name] = { seconds: Math.round(run.duration / 1000) }
    }
  }
  return { counts, result }
}

/** @returns {string} the file that was written, as a path in the repository */
export function writeEvidence(name, about, tests, seconds, { counts, result }, from = checkout()) {
  const date = new Date().toISOString()
  const evidence = { name, about, machine: machine(), ...from, date, seconds, counts, tests, result }
  mkdirSync(inRoot('docs', 'evidence'), { recursive: true })
  const file = join('docs', 'evidence', `${name}.json`)
  writeFileSync(inRoot(file), `${JSON.stringify(evidence, null, 2)}\n`)
  return file
}
