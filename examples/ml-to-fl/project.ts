/** The example as a project of somebody else's: outside this one, with the packed Client API installed from its tarball. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { pack, tarball } from '../../scripts/pack/pack.mjs'
import { run } from '../../scripts/setup/child.mjs'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** Copies it into a folder of its own and installs there. Throws with npm's words where that fails. */
export async function installedProject(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  await pack({ quiet: true })
  const folder = await mkdtemp(join(tmpdir(), 'two-moons-'))
  await cp(fileURLToPath(new URL('.', import.meta.url)), folder, {
    recursive: true,
    filter: (path) => !/\.ts$|node_modules/.test(path),
  })
  const args = [
    'install',
    tarball(),
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--prefer-offline',
    '--loglevel',
    'error',
  ]
  const { code, text } = await run(npm, args, { cwd: folder, output: 'capture', shell: process.platform === 'win32' })
  if (code !== 0) throw new Error(`npm could not install the packed Client API in ${folder}: ${text}`)
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Serves a folder's files as they are, as any web server would; no header that isolates the page. */
export async function serve(folder: string): Promise<{ readonly origin: string; close(): void }> {
  const server = createServer(express().use(express.static(folder, { index: 'index.html' })))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { origin: `http://127.0.0.1:${port}`, close }
}
