// Installing Chromium with the system's package manager: only as root, since nobody wants to be asked for a password here.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './child.mjs'

const MANAGERS = [
  {
    name: 'apt-get',
    steps: [['update'], ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-liberation']],
  },
  { name: 'dnf', steps: [['install', '-y', 'chromium']] },
  { name: 'apk', steps: [['add', '--no-cache', 'chromium']] },
  { name: 'pacman', steps: [['-Sy', '--noconfirm', 'chromium']] },
  { name: 'zypper', steps: [['--non-interactive', 'install', 'chromium']] },
]
const LIMIT_MS = 8 * 60_000

/** `[name, install]` for each package manager that this process may use; install returns undefined or the reason why not. */
export function systemInstallers() {
  if (process.getuid?.() !== 0) return []
  return MANAGERS.filter(({ name }) => isOnPath(name)).map(({ name, steps }) => [
    `${name} install chromium`,
    () => install(name, steps),
  ])
}

async function install(name, steps) {
  for (const step of steps) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    const { code, text } = await run(name, step, { output: 'capture', limitMs: LIMIT_MS, env })
    if (code !== 0) return text.trim().split('\n').at(-1)
  }
  return undefined
}

function isOnPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
