// The stages of `npm test`, in order. `run` returns counts; lint, types and layers are one test each.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../setup/child.mjs'
import { inRoot, ROOT, tool } from '../setup/paths.mjs'
import { failed, passed, playwrightCounts, vitestCounts } from './counts.mjs'

const LIMIT_MS = 18 * 60_000

const INCREMENTALLY = ['--noEmit', '--incremental', '--tsBuildInfoFile']

/** A tsconfig each: shared/ without DOM and Node, server/ without DOM, everything with both. */
const TYPE_CHECKS = ['shared/tsconfig.json', 'server/tsconfig.json', 'tsconfig.json']

/** @type {Record<string, { about: string, needs?: ('build' | 'browser')[], run: () => Promise<object> }>} */
export const STAGES = {
  lint: { about: 'lint and format (biome)', run: () => tell(tool('@biomejs/biome', 'bin/biome'), ['ci', '.']) },
  types: { about: `types (tsc: ${TYPE_CHECKS.join(', ')})`, run: types },
  layers: { about: 'who imports whom', run: () => tell(inRoot('scripts', 'layers.mjs'), []) },
  unit: { about: 'unit tests (vitest)', run: () => vitest('unit') },
  integration: { about: 'integration tests (vitest)', needs: ['build'], run: () => vitest('integration') },
  faults: {
    about: 'faults of network, processes and clients, at reduced counts',
    needs: ['build'],
    run: () => vitest('faults'),
  },
  e2e: { about: 'browser tests (Playwright)', needs: ['build', 'browser'], run: playwright },
}

/** One script that passes or fails as a whole. */
async function tell(script, args) {
  const { code, timedOut } = await node(script, args)
  return code === 0 && !timedOut ? passed() : failed(`${script} ended with status ${code}.`)
}

/** One after the other: three compilers at once need more memory than they save time on two cores. */
async function types() {
  const wrong = []
  for (const project of TYPE_CHECKS) {
    const info = inRoot('dist', '.types', `${project.replaceAll('/', '-')}.tsbuildinfo`)
    const { code } = await node(tool('typescript', 'bin/tsc'), ['-p', inRoot(project), ...INCREMENTALLY, info])
    if (code !== 0) wrong.push(project)
  }
  return wrong.length === 0 ? passed() : failed(`Type errors by ${wrong.join(', ')}.`)
}

function vitest(project) {
  return withReport(async (file) => {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const args = ['run', '--config', inRoot('vitest.config.ts'), '--project', project, ...reporters]
    return { ...(await node(tool('vitest', 'vitest.mjs'), args)), count: vitestCounts }
  })
}

function playwright() {
  return withReport(async (file) => {
    const args = ['test', '--config', inRoot('playwright.config.ts'), '--reporter=list,json']
    const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: file }
    return { ...(await node(tool('@playwright/test', 'cli.js'), args, env)), count: playwrightCounts }
  })
}

/** Runs a tool that writes a JSON report, and counts what it says. */
async function withReport(work) {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-test-'))
  const file = join(folder, 'report.json')
  try {
    const { code, timedOut, count } = await work(file)
    if (timedOut) return failed(`It did not end within ${LIMIT_MS / 60_000} minutes.`)
    let report
    try {
      report = JSON.parse(readFileSync(file, 'utf8'))
    } catch {
      return failed(`The runner ended with status ${code} and left no report.`)
    }
    return count(report, code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const node = (script, args, env) => run(process.execPath, [script, ...args], { cwd: ROOT, env, limitMs: LIMIT_MS })
