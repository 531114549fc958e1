import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { digestOf } from './build.mjs'

let root
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tributary-build-'))
  mkdirSync(join(root, 'server', 'jobs'), { recursive: true })
  write('server/jobs/job.ts', 'export const a = 1')
  write('tsconfig.json', '{}')
})
afterEach(() => rmSync(root, { recursive: true }))

const write = (path, text) => writeFileSync(join(root, path), text)
const digest = () => digestOf(['server', 'tsconfig.json', 'public'], root)

it('is the same when only times or tests changed, and where a folder is missing', () => {
  const before = digest()
  utimesSync(join(root, 'server/jobs/job.ts'), 0, 0)
  write('server/jobs/job.test.ts', 'test')
  expect(digest()).toBe(before)
})

it('is another when a file is edited, added, renamed or deleted', () => {
  const seen = new Set([digest()])
  write('server/jobs/job.ts', 'export const a = 2')
  seen.add(digest())
  write('server/jobs/more.ts', '')
  seen.add(digest())
  rmSync(join(root, 'server/jobs/more.ts'))
  write('server/jobs/other.ts', '')
  seen.add(digest())
  rmSync(join(root, 'tsconfig.json'))
  seen.add(digest())
  expect(seen.size).toBe(5)
})
