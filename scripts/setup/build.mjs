// Builds the two halves, each only where its sources changed: what runs in Node (tsc → dist/node) and the pages
// (vite → dist/client). Types are not checked here but by `npm test`: a start should not wait for that.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './child.mjs'
import { alone } from './lock.mjs'
import { inRoot, ROOT, tool } from './paths.mjs'
import { SetupError, say, seconds } from './terminal.mjs'

const HALVES = [
  {
    name: 'coordinator',
    out: 'node',
    // The simulator is built with it; sessions and training run there as they do in a tab.
    sources: ['shared', 'server', 'client', 'simulator', 'tsconfig.base.json', 'package.json', 'package-lock.json'],
    command: (folder) => [
      tool('typescript', 'bin/tsc'),
      '-p',
      inRoot('simulator', 'tsconfig.json'),
      '--outDir',
      folder,
      '--noCheck',
    ],
  },
  {
    name: 'pages',
    out: 'client',
    sources: ['shared', 'client', 'public', 'tsconfig.base.json', 'tsconfig.json', 'package.json', 'package-lock.json'],
    command: (folder) => [
      tool('vite', 'bin/vite.js'),
      'build',
      '--config',
      inRoot('client', 'vite.config.ts'),
      '--outDir',
      folder,
      '--logLevel',
      'warn',
    ],
  },
]

/** Builds what is out of date (with `force`, everything). */
export async function ensureBuilds({ force = false } = {}) {
  for (const half of HALVES) {
    if (!force && isCurrent(half)) continue
    // Asked again once alone: the command that was waited for may have built it.
    await alone(async () => {
      if (force || !isCurrent(half)) await build(half)
    })
  }
}

async function build(half) {
  const since = performance.now()
  const digest = digestOf(half.sources)
  const next = inRoot('dist', `.${half.out}.next`)
  rmSync(next, { recursive: true, force: true })
  const { code, text } = await run(process.execPath, half.command(next), { cwd: ROOT, output: 'capture' })
  if (code !== 0) {
    rmSync(next, { recursive: true, force: true })
    process.stderr.write(text)
    throw new SetupError(`The ${half.name} did not build: the compiler's words are above.`)
  }
  swapIn(next, half, digest)
  say(`built the ${half.name} in ${seconds(since)}`)
}

/** Puts the new build in place in one rename, so that nobody ever sees half of one. */
function swapIn(next, half, digest) {
  const old = inRoot('dist', `.${half.out}.old`)
  rmSync(old, { recursive: true, force: true })
  rmSync(stamp(half), { force: true })
  if (existsSync(output(half))) renameSync(output(half), old)
  renameSync(next, output(half))
  rmSync(old, { recursive: true, force: true })
  writeFileSync(stamp(half), digest)
}

function isCurrent(half) {
  return (
    existsSync(output(half)) && existsSync(stamp(half)) && readFileSync(stamp(half), 'utf8') === digestOf(half.sources)
  )
}

const output = (half) => inRoot('dist', half.out)
const stamp = (half) => inRoot('dist', `${half.out}.sources.sha256`)

/** One digest of the sources' names and bytes. Contents, not times: a checkout or a clone changes only the times. */
export function digestOf(sources, root = ROOT) {
  const hash = createHash('sha256').update(`${process.platform} ${process.versions.node.split('.')[0]}\n`)
  for (const source of sources) {
    for (const file of filesUnder(root, source)) hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function filesUnder(root, path) {
  const full = join(root, path)
  if (!existsSync(full)) return []
  let entries
  try {
    entries = readdirSync(full, { withFileTypes: true, recursive: true })
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path]
    throw error
  }
  return entries
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
}
