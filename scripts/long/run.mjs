// `npm run test:long -- NAME …`: the same test files as `npm test`, at full counts (TRIBUTARY_COUNTS=full). A suite that
// passes writes docs/evidence/NAME.json; one that fails writes nothing, and the next ones run all the same.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../setup/child.mjs'
import { setUp } from '../setup/index.mjs'
import { inRoot, ROOT, tool } from '../setup/paths.mjs'
import { SetupError, say } from '../setup/terminal.mjs'
import { failed, playwrightCounts, vitestCounts } from '../test/counts.mjs'
import { lastLine, table } from '../test/report.mjs'
import { checkout, gathered, timed, writeEvidence } from './evidence.mjs'
import { SUITES } from './suites.mjs'

/** @param {string[]} names suites to run; none for all. @returns {Promise<number>} the exit status */
export async function runLong(names = []) {
  const unknown = names.find((name) => !(name in SUITES))
  if (unknown !== undefined)
    throw new SetupError(`There is no long test ${unknown}: it is one of ${Object.keys(SUITES).join(', ')}.`)
  await setUp({ build: true })
  const results = []
  for (const name of names.length > 0 ? names : Object.keys(SUITES)) {
    process.stdout.write(`\n── ${name}: ${SUITES[name].about}\n`)
    // Asked before: what is edited during a long run is not what ran.
    const from = checkout()
    const since = performance.now()
    const { report, ...counts } = await (SUITES[name].specs ? playwright(name) : vitest(name))
    const ms = performance.now() - since
    if (counts.problem) say(counts.problem)
    results.push({ name, ...counts, ms })
    if (counts.failed > 0) continue
    const file = writeEvidence(
      name,
      SUITES[name].about,
      counts.passed,
      Math.round(ms / 1000),
      SUITES[name].specs ? timed(report) : gathered(name, report),
      from,
    )
    await run(process.execPath, [tool('@biomejs/biome', 'bin/biome'), 'format', '--write', file], {
      cwd: ROOT,
      output: 'capture',
    })
    say(`wrote ${file}`)
  }
  process.stdout.write(`\n${table(results)}\n\n${lastLine(results)}\n`)
  return results.some((result) => result.failed > 0) ? 1 : 0
}

/** Runs one suite; its counts as of `npm test`, and vitest's report. */
async function vitest(name) {
  const files = SUITES[name].parts.flatMap(filesOf)
  if (files.length === 0) return failed(`The suite ${name} has no test files yet.`)
  const projects = [...new Set(SUITES[name].parts.map(({ project }) => `--project=${project}`))]
  return reported(vitestCounts, (file) => {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const args = ['run', '--config', inRoot('vitest.config.ts'), ...projects, ...reporters, ...files]
    return [tool('vitest', 'vitest.mjs'), args, {}]
  })
}

/** The same of a suite in a browser. */
function playwright(name) {
  const specs = SUITES[name].specs.map((spec) => inRoot('e2e', `${spec}.spec.ts`))
  return reported(playwrightCounts, (file) => {
    const args = ['test', '--config', inRoot('playwright.config.ts'), '--reporter=list,json', ...specs]
    return [tool('@playwright/test', 'cli.js'), args, { PLAYWRIGHT_JSON_OUTPUT_FILE: file }]
  })
}

/** Runs the runner that `command` makes for a report in this file. */
async function reported(count, command) {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-long-'))
  try {
    const file = join(folder, 'report.json')
    const [script, args, env] = command(file)
    const full = { ...env, TRIBUTARY_COUNTS: 'full' }
    const { code } = await run(process.execPath, [script, ...args], { cwd: ROOT, env: full })
    if (!existsSync(file)) return failed(`The runner ended with status ${code} and left no report.`)
    const report = JSON.parse(readFileSync(file, 'utf8'))
    return { ...count(report, code), report }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function filesOf({ folder, files }) {
  return readdirSync(inRoot(folder))
    .filter((file) => files.test(file))
    .map((file) => `${folder}/${file}`)
}
