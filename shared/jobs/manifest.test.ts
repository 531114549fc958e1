import { expect, it } from 'vitest'
import type { TributaryError } from '../errors/error.ts'
import { type Manifest, parseManifest } from './manifest.ts'

const DIGEST = '0123456789abcdef'.repeat(4)
const MANIFEST: Manifest = {
  format: 'tributary-model/1',
  job: 'digits-1',
  version: 0,
  parent: null,
  topology: DIGEST,
  layout: [{ name: 'kernel', shape: [2, 3], dtype: 'float32', role: 'trained' }],
  params: { digest: DIGEST, bytes: 24 },
  base: null,
  initial: null,
  optimizerState: null,
}

it('a manifest comes back from its JSON', () => {
  expect(parseManifest(JSON.parse(JSON.stringify(MANIFEST)))).toEqual(MANIFEST)
})

it('a manifest that was written before weights could be given is read', () => {
  const { initial: _, ...before } = MANIFEST
  expect(parseManifest(before)).toEqual(MANIFEST)
})

it.each<[string, unknown]>([
  ['format', { ...MANIFEST, format: 'tributary-model/2' }],
  ['version', { ...MANIFEST, version: -1 }],
  ['parent', { ...MANIFEST, parent: 'none' }],
  ['topology', { ...MANIFEST, topology: '../../etc/passwd' }],
  ['layout.0.role', { ...MANIFEST, layout: [{ ...MANIFEST.layout[0], role: 'secret' }] }],
  ['layout.0.shape.1', { ...MANIFEST, layout: [{ ...MANIFEST.layout[0], shape: [2, -3] }] }],
  ['layout.0.dtype', { ...MANIFEST, layout: [{ ...MANIFEST.layout[0], dtype: 'int32' }] }],
  ['initial.sha256', { ...MANIFEST, initial: { from: 'w', sha256: 'x', seeded: [], ignored: [] } }],
  ['params', { ...MANIFEST, params: null }],
  ['the whole', null],
])('a manifest with a wrong %s is corrupt', (path, json) => {
  try {
    parseManifest(json)
  } catch (thrown) {
    expect((thrown as TributaryError).code).toBe('model/corrupt')
    expect((thrown as TributaryError).message).toContain(`not the manifest of a model: ${path}: `)
    return
  }
  throw new Error('it was accepted')
})
