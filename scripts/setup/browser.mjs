// Finds a Chrome, Chromium or Edge for headless tabs, or installs one.
// Full browsers only: Playwright's headless shell has no WebGPU.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { run } from './child.mjs'
import { inRoot, tool } from './paths.mjs'
import { systemInstallers } from './system-packages.mjs'
import { SetupError, say, seconds } from './terminal.mjs'

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'msedge',
]
const NAMED_BY = ['TRIBUTARY_BROWSER', 'CHROME_PATH']
const ADVICE =
  'Install Chrome, Chromium or Edge, or set TRIBUTARY_BROWSER to the path of one, and run the command again.'

/** The path of a browser that starts, found or installed; TRIBUTARY_BROWSER carries it on to every child process. */
export async function ensureBrowser() {
  const path = findBrowser() ?? (await installBrowser())
  if (!path) throw new SetupError(`No browser was found and none could be installed. ${ADVICE}`)
  process.env.TRIBUTARY_BROWSER = path
  return path
}

/** The path of a browser that starts, or undefined. Throws when the one that the environment names does not. */
export function findBrowser(env = process.env, platform = process.platform) {
  for (const variable of NAMED_BY) {
    const named = env[variable]
    if (!named) continue
    if (starts(named, platform)) return named
    throw new SetupError(`${variable} names ${named}, which does not start as a browser: correct it or unset it.`)
  }
  return [...onPath(env, platform), ...usualPlaces(env, platform), ...playwrights()].find((path) =>
    starts(path, platform),
  )
}

function onPath(env, platform) {
  const extension = platform === 'win32' ? '.exe' : ''
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter(Boolean)
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name + extension)))
}

function usualPlaces(env, platform) {
  if (platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge']
    return ['/Applications', join(env.HOME ?? '', 'Applications')].flatMap((folder) =>
      apps.map((app) => join(folder, `${app}.app`, 'Contents', 'MacOS', app)),
    )
  }
  if (platform === 'win32') {
    const apps = [
      ['Google', 'Chrome', 'Application', 'chrome.exe'],
      ['Chromium', 'Application', 'chrome.exe'],
      ['Microsoft', 'Edge', 'Application', 'msedge.exe'],
    ]
    const folders = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(Boolean)
    return apps.flatMap((app) => folders.map((folder) => join(folder, ...app)))
  }
  return [
    '/opt/google/chrome/chrome',
    '/snap/bin/chromium',
    '/usr/lib/chromium/chromium',
    '/opt/microsoft/msedge/msedge',
  ]
}

/** Where the installed Playwright keeps, or would keep, its own Chromium. */
function playwrights() {
  try {
    return [createRequire(inRoot('package.json'))('playwright').chromium.executablePath()]
  } catch {
    return [] // Not installed, or no build for this platform.
  }
}

function starts(path, platform) {
  if (!existsSync(path)) return false
  // On Windows `--version` opens a window instead of answering.
  if (platform === 'win32') return true
  const { status, stdout } = spawnSync(path, ['--version'], {
    encoding: 'utf8',
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return status === 0 && /Chrom|Edge/.test(stdout)
}

async function installBrowser() {
  for (const [name, install] of [['Playwright’s Chromium', playwrightDownload], ...systemInstallers()]) {
    const since = performance.now()
    say(`no browser found: trying ${name}`)
    const problem = await install()
    const path = findBrowser()
    if (path) {
      say(`browser installed in ${seconds(since)}: ${path}`)
      return path
    }
    say(`that did not work: ${problem ?? 'it was installed but does not start (system libraries may be missing)'}`)
  }
  return undefined
}

/** Undefined when it went well, else the reason. Gives up after 45 s without a sign of progress. */
async function playwrightDownload() {
  const problem = await playwright('install', '--no-shell', 'chromium')
  // A bare container has none of the libraries that a browser needs; as root, Playwright can install them as well.
  if (problem || findBrowser() || process.getuid?.() !== 0) return problem
  return await playwright('install-deps', 'chromium')
}

async function playwright(...args) {
  const { code, text, timedOut } = await run(process.execPath, [tool('playwright', 'cli.js'), ...args], {
    output: 'capture',
    limitMs: 8 * 60_000,
    quietMs: 45_000,
    env: { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000' },
  })
  if (timedOut) return 'it made no progress'
  return code === 0 ? undefined : lastLine(text)
}

function lastLine(text) {
  const lines = text.trim().split('\n')
  return lines.find((line) => /^\s*Error:/.test(line))?.trim() ?? lines.at(-1) ?? 'no reason given'
}
