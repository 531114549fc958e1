import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { whyInstall } from './dependencies.mjs'

let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-dependencies-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const entry = (version, more) => ({ version, integrity: `sha512-${version}`, ...more })

/** A clone whose package.json asks for `asked`, whose lock holds `locked`, and in which npm installed `installed`. */
function clone({ asked = { a: '1.0.0' }, locked, installed }) {
  const write = (name, value) => writeFileSync(join(folder, name), JSON.stringify(value))
  write('package.json', { dependencies: asked })
  write('package-lock.json', { packages: { '': { dependencies: { a: '1.0.0' } }, ...locked } })
  if (!installed) return
  mkdirSync(join(folder, 'node_modules'))
  write('node_modules/.package-lock.json', { packages: installed })
}

it('installs where node_modules is missing', () => {
  clone({ locked: {} })
  expect(whyInstall(folder)).toContain('missing')
})

it('installs nothing after npm ci, whoever ran it, even without other platforms’ optional packages', () => {
  clone({
    locked: { 'node_modules/a': entry('1.0.0'), 'node_modules/darwin': entry('2.0.0', { optional: true }) },
    installed: { 'node_modules/a': entry('1.0.0') },
  })
  expect(whyInstall(folder)).toBeUndefined()
})

it('installs after a pull that brought another version or a package more', () => {
  clone({
    locked: { 'node_modules/a': entry('1.0.1'), 'node_modules/b': entry('1.0.0') },
    installed: { 'node_modules/a': entry('1.0.0') },
  })
  expect(whyInstall(folder)).toBe('node_modules/a is another version')
})

it('installs when package.json was edited by hand, so that npm says what differs', () => {
  clone({
    asked: { a: '1.0.0', c: '3.0.0' },
    locked: { 'node_modules/a': entry('1.0.0') },
    installed: { 'node_modules/a': entry('1.0.0') },
  })
  expect(whyInstall(folder)).toContain('dependencies in package.json changed')
})
