import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { inRoot } from '../setup/paths.mjs'
import { packageJson } from './manifest.mjs'

const root = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))

it('the published package has the project’s name and version, and nothing of the coordinator’s', () => {
  const made = packageJson(root)
  expect(made).toMatchObject({ name: root.name, version: root.version })
  expect(made.version).toMatch(/^\d+\.\d+\.\d+$/)
  const needed = Object.keys(made.dependencies)
  for (const own of ['express', 'socket.io', '@libsql/client', 'playwright', 'pino', 'commander'])
    expect(needed).not.toContain(own)
  // A range that lets the program's own copy be the only one.
  expect(made.peerDependencies['@tensorflow/tfjs-core']).toBe(`^${root.dependencies['@tensorflow/tfjs-core']}`)
})
