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

/**
 * Stages run one after the other, but that those `beside` run meanwhile (faults mostly wait for what they have broken), and
 * those `alone` when all others have ended (browsers need the machine for themselves). `run` is told where its tools' words
 * go: shown at once ('inherit'), or held back ('capture') and returned as `text`.
 * @type {Record<string, { about: string, place?: 'beside' | 'alone', needs?: ('build' | 'browser')[],
 *   run: (output: string) => Promise<object> }>}
 */
export const STAGES = {
  lint: {
    about: 'lint and format (biome)',
    run: (output) => tell(tool('@biomejs/biome', 'bin/biome'), ['ci', '.'], output),
  },
  types: { about: `types (tsc: ${TYPE_CHECKS.join(', ')})`, run: types },
  layers: { about: 'who imports whom', run: (output) => tell(inRoot('scripts', 'layers.mjs'), [], output) },
  unit: { about: 'unit tests (vitest)', run: (output) => vitest('unit', output) },
  integration: {
    about: 'integration tests (vitest)',
    needs: ['build'],
    run: (output) => vitest('integration', output),
  },
  faults: {
    about: 'faults of network, processes and clients, at reduced counts',
    place: 'beside',
    needs: ['build'],
    run: (output) => vitest('faults', output),
  },
  e2e: { about: 'browser tests (Playwright)', place: 'alone', needs: ['build', 'browser'], run: playwright },
}

/** One script that passes or fails as a whole. */
async function tell(script, args, output) {
  const { code, timedOut, text } = await node(script, args, output)
  return { ...(code === 0 && !timedOut ? passed() : failed(`${script} ended with status ${code}.`)), text }
}

/** One after the other: three compilers at once need more memory than they save time on two cores. */
async function types(output) {
  const wrong = []
  const said = []
  for (const project of TYPE_CHECKS) {
    const info = inRoot('dist', '.types', `${project.replaceAll('/', '-')}.tsbuildinfo`)
    const args = ['-p', inRoot(project), ...INCREMENTALLY, info]
    const { code, text } = await node(tool('typescript', 'bin/tsc'), args, output)
    said.push(text)
    if (code !== 0) wrong.push(project)
  }
  return { ...(wrong.length === 0 ? passed() : failed(`Type errors by ${wrong.join(', ')}.`)), text: said.join('') }
}

function vitest(project, output) {
  return withReport(async (file) => {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const args = ['run', '--config', inRoot('vitest.config.ts'), '--project', project, ...reporters]
    return { ...(await node(tool('vitest', 'vitest.mjs'), args, output)), count: vitestCounts }
  })
}

function playwright(output) {
  return withReport(async (file) => {
    const args = ['test', '--config', inRoot('playwright.config.ts'), '--reporter=list,json']
    const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: file }
    return { ...(await node(tool('@playwright/test', 'cli.js'), args, output, env)), count: playwrightCounts }
  })
}

/** Runs a tool that writes a JSON report, and counts what it says. */
async function withReport(work) {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-test-'))
  const file = join(folder, 'report.json')
  try {
    const { code, timedOut, count, text } = await work(file)
    if (timedOut) return { ...failed(`It did not end within ${LIMIT_MS / 60_000} minutes.`), text }
    let report
    try {
      report = JSON.parse(readFileSync(file, 'utf8'))
    } catch {
      return { ...failed(`The runner ended with status ${code} and left no report.`), text }
    }
    return { ...count(report, code), text }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const node = (script, args, output, env) =>
  run(process.execPath, [script, ...args], { cwd: ROOT, env, output, limitMs: LIMIT_MS })
