import { describe, expect, it } from 'vitest'
import { cycles, judge } from './rules.mjs'

const file = (from, to, typeOnly = false) => judge({ from, to, kind: 'file', typeOnly })
const pack = (from, to, more = {}) => judge({ from, to, kind: 'package', typeOnly: false, ...more })
const builtin = (from, to) => judge({ from, to, kind: 'builtin', typeOnly: false })

describe('the sides', () => {
  it.each([
    ['client/sdk/a.ts', 'server/jobs/b.ts'],
    ['server/jobs/a.ts', 'client/sdk/b.ts'],
    ['shared/rounds/a.ts', 'client/sdk/b.ts'],
    ['shared/rounds/a.test.ts', 'server/jobs/b.ts'],
    ['server/jobs/a.test.ts', 'client/sdk/b.ts'],
    ['server/jobs/a.ts', 'e2e/helper.ts'],
  ])('refuses %s → %s, even for types', (from, to) => {
    expect(file(from, to, true)).toContain(to)
  })

  it('lets integration tests, and what lies outside of the three, import both', () => {
    expect(file('server/gateway/a.integration.test.ts', 'client/sdk/b.ts')).toBeUndefined()
    expect(file('e2e/a.ts', 'server/main.ts')).toBeUndefined()
    expect(file('simulator/a.ts', 'client/sdk/b.ts')).toBeUndefined()
  })
})

describe('what does not exist', () => {
  const missing = (from, to) => judge({ from, to, kind: 'missing', typeOnly: false })

  it('is refused, but for what is built later, of programs outside of the three', () => {
    expect(missing('e2e/a.ts', './nowhere.ts')).toContain('does not exist')
    expect(missing('server/main.ts', '../dist/node/server/main.js')).toContain('does not exist')
    expect(missing('e2e/faults/a.mjs', '../../dist/node/server/main.js')).toBeUndefined()
  })
})

describe('shared', () => {
  it('builds on errors, random, clock and on the rooms that its row names', () => {
    expect(file('shared/tensors/a.ts', 'shared/errors/error.ts')).toBeUndefined()
    expect(file('shared/updates/a.ts', 'shared/tensors/b.ts')).toBeUndefined()
    expect(file('shared/rounds/a.ts', 'shared/jobs/b.ts')).toBeUndefined()
    expect(file('shared/tensors/a.ts', 'shared/jobs/b.ts', true)).toContain('shared/tensors may import')
  })

  it('may name the protocol’s types, not call it', () => {
    expect(file('shared/updates/a.ts', 'shared/protocol/b.ts', true)).toBeUndefined()
    expect(file('shared/updates/a.ts', 'shared/protocol/b.ts')).toContain('shared/updates may import')
  })

  it('has no unknown room and no Node', () => {
    expect(file('shared/misc/a.ts', 'shared/errors/error.ts')).toContain('no room of the table')
    expect(builtin('shared/tensors/a.ts', 'node:crypto')).toContain('also runs in browsers')
  })
})

describe('packages', () => {
  it.each([
    ['shared/tensors/a.ts', 'zod'],
    ['shared/rounds/a.ts', 'zod/mini'],
    ['shared/aggregation/a.ts', '@tensorflow/tfjs-core'],
    ['server/jobs/a.ts', '@tensorflow/tfjs-core'],
    ['server/jobs/a.ts', 'express'],
    ['server/http/a.ts', 'socket.io'],
    ['server/http/a.ts', '@libsql/client'],
    ['server/gateway/a.ts', 'playwright'],
    ['client/training/a.ts', 'socket.io-client'],
    ['client/sdk/a.ts', 'preact/hooks'],
    ['client/data/a.ts', 'idb-keyval'],
    ['client/ui/a.ts', 'lodash'],
  ])('%s may not import %s', (from, to) => {
    expect(pack(from, to)).toContain('imports')
  })

  it.each([
    ['shared/protocol/a.ts', 'zod/mini'],
    ['shared/models/a.ts', '@tensorflow/tfjs-layers'],
    ['server/http/a.ts', 'express'],
    ['server/main.ts', 'express'],
    ['client/sdk/a.ts', 'socket.io-client'],
    ['client/participant/a.tsx', 'preact/hooks'],
    ['server/http/a.ts', 'prom-client'],
    ['shared/tensors/a.test.ts', 'fast-check'],
  ])('%s may import %s', (from, to) => {
    expect(pack(from, to)).toBeUndefined()
  })

  it('refuses a development dependency in what is shipped', () => {
    expect(pack('server/jobs/a.ts', 'fast-check', { development: true })).toContain('development dependency')
  })

  it('leaves files to storage, data and the command line', () => {
    expect(builtin('server/storage/a.ts', 'node:fs/promises')).toBeUndefined()
    expect(builtin('server/jobs/a.ts', 'node:crypto')).toBeUndefined()
    expect(builtin('server/jobs/a.ts', 'node:fs/promises')).toContain('touch files')
  })
})

describe('rooms of the server and of the client', () => {
  it('share types, not code', () => {
    expect(file('server/jobs/a.ts', 'server/gateway/b.ts', true)).toBeUndefined()
    expect(file('server/jobs/a.ts', 'server/gateway/b.ts')).toContain('only types')
    expect(file('client/sdk/a.ts', 'client/data/b.ts', true)).toBeUndefined()
    expect(file('client/sdk/a.ts', 'client/data/b.ts')).toContain('client/sdk may import')
  })

  it('are wired by the composition roots', () => {
    expect(file('server/main.ts', 'server/gateway/b.ts')).toBeUndefined()
    expect(file('server/cli/a.ts', 'server/main.ts')).toBeUndefined()
    expect(file('server/jobs/a.ts', 'server/logging/b.ts')).toBeUndefined()
    expect(file('client/participant/a.tsx', 'client/ui/b.tsx')).toBeUndefined()
    expect(file('server/jobs/a.ts', 'server/main.ts')).toContain('only types')
  })

  it('import no test code', () => {
    expect(file('server/storage/a.ts', 'server/storage/b.contract.ts')).toContain('test code')
    expect(file('server/storage/a.test.ts', 'server/storage/b.contract.ts')).toBeUndefined()
  })
})

describe('the simulator', () => {
  it('imports any room but pages, and no tests', () => {
    expect(file('simulator/a.ts', 'server/gateway/b.ts')).toBeUndefined()
    expect(file('simulator/threads/a.ts', 'client/training/b.ts')).toBeUndefined()
    expect(file('simulator/a.ts', 'client/ui/b.ts')).toContain('shows no page')
    expect(file('simulator/a.ts', 'client/sdk/testing.ts')).toContain('test code')
    expect(file('simulator/a.test.ts', 'simulator/testing/jobs.ts')).toBeUndefined()
    expect(builtin('simulator/a.ts', 'node:fs')).toBeUndefined()
  })

  it('has the packages that are given to it', () => {
    expect(pack('simulator/command.ts', 'commander')).toBeUndefined()
    expect(pack('simulator/a.ts', '@tensorflow/tfjs-core')).toContain('does not give to simulator/')
    expect(pack('simulator/a.test.ts', 'vitest')).toBeUndefined()
  })

  it('is imported by neither side', () => {
    expect(file('server/cli/a.ts', 'simulator/b.ts')).toContain('nothing outside of itself')
    expect(file('client/sdk/a.ts', 'simulator/b.ts')).toContain('nothing outside of itself')
  })
})

describe('circles', () => {
  const edge = (from, to, typeOnly = false) => ({ from, to, kind: 'file', typeOnly })

  it('are found where code imports code', () => {
    expect(cycles([edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('d', 'a')])).toEqual([['a', 'b', 'c']])
  })

  it('may be closed by types', () => {
    expect(cycles([edge('a', 'b'), edge('b', 'a', true)])).toEqual([])
  })
})
