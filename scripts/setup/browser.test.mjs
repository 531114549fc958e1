import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findBrowser } from './browser.mjs'

let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-browser-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A program that answers `--version`. */
function program(name, script) {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

describe.skipIf(process.platform === 'win32')('findBrowser', () => {
  it('takes what TRIBUTARY_BROWSER names, before CHROME_PATH and PATH', () => {
    const mine = program('mine', 'echo Chromium 156.0')
    const other = program('chromium', 'echo Chromium 150.0')
    expect(findBrowser({ TRIBUTARY_BROWSER: mine, CHROME_PATH: other, PATH: folder })).toBe(mine)
    expect(findBrowser({ CHROME_PATH: mine, PATH: folder })).toBe(mine)
  })

  it('says so when the named one does not start', () => {
    const stub = program('stub', 'exit 1')
    expect(() => findBrowser({ TRIBUTARY_BROWSER: stub })).toThrow(/TRIBUTARY_BROWSER names .*stub/)
    expect(() => findBrowser({ CHROME_PATH: '/nowhere/chrome' })).toThrow(/CHROME_PATH names/)
  })

  it('passes over a stub on the PATH that only asks to install the real one', () => {
    program('chromium', 'echo "Command requires the chromium snap" >&2; exit 1')
    const chrome = program('google-chrome', 'echo Google Chrome 150.0')
    expect(findBrowser({ PATH: folder })).toBe(chrome)
  })
})
