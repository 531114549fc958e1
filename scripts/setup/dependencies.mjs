// Installs the packages where node_modules is missing or is not what the lock file says.
// Contents are compared, not times or a stamp of our own: npm writes down what it installed, so that whoever ran
// `npm ci` or `npm install` last, nothing is installed twice.
import { existsSync, readFileSync } from 'node:fs'
import { run } from './child.mjs'
import { alone } from './lock.mjs'
import { ROOT } from './paths.mjs'
import { SetupError, say, seconds } from './terminal.mjs'

const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies']

/** Runs `npm ci` if it is needed. */
export async function ensureDependencies() {
  if (!whyInstall(ROOT)) return
  // Asked again once alone: the command that was waited for may have installed them.
  await alone(async () => {
    const reason = whyInstall(ROOT)
    if (reason) await install(reason)
  })
}

async function install(reason) {
  const since = performance.now()
  say(`installing packages: ${reason} (npm ci, about 20 s)`)
  const [file, ...start] = npmCommand()
  const { code, text } = await run(file, [...start, 'ci', '--include=dev', '--no-fund', '--no-audit'], {
    cwd: ROOT,
    output: 'capture',
    shell: file === 'npm' && process.platform === 'win32',
  })
  if (code !== 0) {
    process.stderr.write(text)
    throw new SetupError(
      'npm ci failed (its words are above): check the network and the npm registry, then run the command again.',
    )
  }
  say(`packages installed in ${seconds(since)}`)
}

/** Why `npm ci` is needed in a folder, in words, or undefined when node_modules is as the lock says. */
export function whyInstall(folder) {
  const read = (name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
  if (!existsSync(`${folder}/node_modules/.package-lock.json`)) return 'node_modules is missing or incomplete'
  const wanted = read('package-lock.json').packages
  const have = read('node_modules/.package-lock.json').packages
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link) continue
    const found = have[path]
    // Optional ones are other platforms' binaries, which npm leaves out.
    if (!found && !entry.optional) return `${path} is missing`
    if (found && (found.version !== entry.version || found.integrity !== entry.integrity))
      return `${path} is another version`
  }
  // An edited package.json that the lock does not know yet: npm ci then says exactly what differs.
  const asked = read('package.json')
  for (const field of DEPENDENCY_FIELDS) {
    if (!sameEntries(asked[field], wanted['']?.[field])) return `${field} in package.json changed`
  }
  return undefined
}

function sameEntries(a = {}, b = {}) {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

function npmCommand() {
  const path = process.env.npm_execpath
  return path?.endsWith('npm-cli.js') && existsSync(path) ? [process.execPath, path] : ['npm']
}
