// Packs the Client API for npm: ESM modules with their types, and one file for a page without a bundler. No server code.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../setup/build.mjs'
import { run } from '../setup/child.mjs'
import { setUp } from '../setup/index.mjs'
import { alone } from '../setup/lock.mjs'
import { inRoot, ROOT, tool } from '../setup/paths.mjs'
import { SetupError, say, seconds } from '../setup/terminal.mjs'
import { packageJson } from './manifest.mjs'

const FOLDER = inRoot('dist', 'package')
const SOURCES = [
  'shared',
  'client/api',
  'client/sdk',
  'client/data',
  'scripts/pack',
  'package.json',
  'package-lock.json',
  'CHANGELOG.md',
  'LICENSE',
  'tsconfig.base.json',
]

/** Makes dist/tributary-fl-VERSION.tgz, where it is out of date, and says where it is unless it shall be quiet. Returns 0. */
export async function pack({ quiet = false } = {}) {
  await setUp()
  await alone(packAlone)
  if (!quiet) process.stdout.write(`${tarball()}\n`)
  return 0
}

export function tarball() {
  const { name, version } = rootPackage()
  return inRoot('dist', `${name}-${version}.tgz`)
}

async function packAlone() {
  const digest = digestOf(SOURCES)
  const stamp = `${tarball()}.sources.sha256`
  if (existsSync(tarball()) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  const since = performance.now()
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  const node = (...args) => step(process.execPath, args)
  await node(tool('typescript', 'bin/tsc'), '-p', inRoot('client/api/tsconfig.json'), '--outDir', join(FOLDER, 'esm'))
  await node(
    ...[tool('vite', 'bin/vite.js'), 'build', '--config', inRoot('client/api/vite.config.ts')],
    ...['--outDir', join(FOLDER, 'browser'), '--logLevel', 'warn'],
  )
  writeFileSync(join(FOLDER, 'package.json'), `${JSON.stringify(packageJson(rootPackage()), null, 2)}\n`)
  cpSync(inRoot('client/api/README.md'), join(FOLDER, 'README.md'))
  for (const file of ['LICENSE', 'CHANGELOG.md']) cpSync(inRoot(file), join(FOLDER, file))
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  await step(npm, ['pack', FOLDER, '--pack-destination', inRoot('dist'), '--ignore-scripts', '--loglevel', 'error'], {
    shell: process.platform === 'win32',
  })
  writeFileSync(stamp, digest)
  say(`packed the Client API in ${seconds(since)}`)
}

async function step(file, args, options = {}) {
  const { code, text } = await run(file, args, { cwd: ROOT, output: 'capture', ...options })
  if (code === 0) return
  process.stderr.write(text)
  throw new SetupError('The Client API could not be packed: the words above say why.')
}

function rootPackage() {
  return JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))
}
