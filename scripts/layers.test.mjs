// The whole checker, as `npm test` starts it, on a small tree of its own: dependency-cruiser must really see each kind of
// import. What is allowed is rules.test.mjs's business.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { inRoot } from './setup/paths.mjs'

let root
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tributary-layers-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function check(files) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [inRoot('scripts', 'layers.mjs'), root], {
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

it('passes a clean tree, types between rooms included, and says how many files it read', () => {
  const { status, output } = check({
    'shared/errors/error.ts': 'export const a = 1\n',
    'shared/rounds/machine.ts': "import { a } from '../errors/error.ts'\nexport const b = a\n",
    'server/jobs/job.ts': "import type { G } from '../gateway/gateway.ts'\nexport type J = G\n",
    'server/gateway/gateway.ts': "import { Server } from 'socket.io'\nexport type G = Server\n",
    'client/ui/box.tsx': "import './box.css'\nexport const box = <p>box</p>\n",
    'client/ui/box.css': 'p {}\n',
  })
  expect(output).toContain('5 files and 4 imports read, 0 problems')
  expect(status).toBe(0)
})

it('finds every kind of violation in real files', () => {
  const { status, output } = check({
    'shared/tensors/a.ts':
      "import * as z from 'zod'\nimport type { J } from '../../server/jobs/job.ts'\nexport type T = [J, typeof z]\n",
    'server/jobs/job.ts':
      "import { g } from '../gateway/gateway.ts'\nimport { readFile } from 'node:fs/promises'\nexport type J = [typeof g, typeof readFile]\n",
    'server/gateway/gateway.ts': "export const g = () => import('../../client/sdk/sdk.ts')\n",
    'client/sdk/sdk.ts': "export * from './loop.ts'\nimport './gone.ts'\n",
    'client/sdk/loop.ts': "import './sdk.ts'\nexport const l: import('preact').VNode | 1 = 1\n",
  })
  expect(output).toContain('shared/tensors/a.ts imports zod: only')
  expect(output).toContain('shared/tensors/a.ts imports server/jobs/job.ts')
  expect(output).toContain('server/jobs/job.ts imports server/gateway/gateway.ts')
  expect(output).toContain('server/jobs/job.ts imports fs/promises')
  expect(output).toContain('server/gateway/gateway.ts imports client/sdk/sdk.ts')
  expect(output).toContain('client/sdk/sdk.ts imports ./gone.ts, which does not exist')
  expect(output).toContain('client/sdk/loop.ts → client/sdk/sdk.ts → client/sdk/loop.ts is a circle')
  expect(output).toContain('client/sdk/loop.ts imports preact')
  expect(status).toBe(1)
})

it('fails when it read nothing', () => {
  const { status, output } = check({ 'shared/errors/note.txt': 'nothing\n' })
  expect(output).toContain('No TypeScript file was read')
  expect(status).toBe(1)
})
