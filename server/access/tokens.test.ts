import { describe, expect, it } from 'vitest'
import { MemoryRecordStore } from '../storage/memory.ts'
import { loadSecrets, sameSecret, signClientId, verifyClientToken } from './tokens.ts'

describe('a client’s token', () => {
  it('proves the id that it was made for', () => {
    expect(verifyClientToken('key', signClientId('key', 'c-1'))).toBe('c-1')
    expect(verifyClientToken('key', signClientId('key', 'c.with.dots'))).toBe('c.with.dots')
  })

  it.each([
    '',
    '.',
    'c-1',
    'c-1.',
    `.${'x'.repeat(43)}`,
    signClientId('another', 'c-1'),
    `${signClientId('key', 'c-1')} `,
  ])('is not “%s”', (token) => {
    expect(verifyClientToken('key', token)).toBeNull()
  })

  it('cannot be moved to another id', () => {
    const signature = signClientId('key', 'c-1').split('.')[1]
    expect(verifyClientToken('key', `c-2.${signature}`)).toBeNull()
  })
})

describe('the coordinator’s secrets', () => {
  it('are made once and then stay', async () => {
    const store = new MemoryRecordStore()
    const first = await loadSecrets(store)
    expect(await loadSecrets(store)).toEqual(first)
    expect(first.adminToken).toMatch(/^[\w-]{32}$/)
    expect(first.signingKey).toMatch(/^[\w-]{43}$/)
    expect(await loadSecrets(new MemoryRecordStore())).not.toEqual(first)
  })

  it('are compared whole', () => {
    expect(sameSecret('abc', 'abc')).toBe(true)
    expect(sameSecret('abc', 'abd')).toBe(false)
    expect(sameSecret('abc', 'abcd')).toBe(false)
    expect(sameSecret('', 'a')).toBe(false)
  })
})
