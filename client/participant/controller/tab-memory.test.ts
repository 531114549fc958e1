import { describe, expect, it } from 'vitest'
import { TabMemory } from './tab-memory.ts'

/** As much of Storage as is used. */
function storage(): Storage {
  const values = new Map<string, string>()
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  } as Partial<Storage> as Storage
}

const PART = { clientId: 'c-1', job: 'digits-1', task: 't1', rounds: 3, bytesUp: 10, bytesDown: 20 }

describe('a tab’s memory', () => {
  it('outlives the page', () => {
    const kept = storage()
    const before = new TabMemory(() => kept)
    before.token = 'c-1.signature'
    before.joined = { source: 'partition', backend: 'wasm', paused: true }
    before.part = PART
    const after = new TabMemory(() => kept)
    expect(after.token).toBe('c-1.signature')
    expect(after.joined).toEqual({ source: 'partition', backend: 'wasm', paused: true })
    expect(after.part).toEqual(PART)
    after.joined = null
    expect(new TabMemory(() => kept).joined).toBeNull()
    expect(new TabMemory(() => kept).token).toBe('c-1.signature')
  })

  it('holds the token for as long as the page lives where storage is forbidden', () => {
    const forbidden = new TabMemory(() => {
      throw new DOMException('denied', 'SecurityError')
    })
    forbidden.token = 'c-1.signature'
    forbidden.joined = { source: 'files', backend: 'auto', paused: false }
    expect(forbidden.token).toBe('c-1.signature')
    expect(forbidden.joined).toBeNull()
  })

  it('does not trust what it finds', () => {
    const kept = storage()
    kept.setItem('tributary.joined', '{"source":"the moon"}')
    kept.setItem('tributary.part', '{"clientId":"c-1","job":"j","task":"t","rounds":-1,"bytesUp":0,"bytesDown":0}')
    const memory = new TabMemory(() => kept)
    expect(memory.joined).toBeNull()
    expect(memory.part).toBeNull()
    kept.setItem('tributary.joined', '{')
    expect(memory.joined).toBeNull()
  })

  it('lets a page renew itself once for a protocol, and again after it was taken', () => {
    const kept = storage()
    expect(new TabMemory(() => kept).noteRenewal(2)).toBe(true)
    expect(new TabMemory(() => kept).noteRenewal(2)).toBe(false)
    // The page that came was newer, and is too old as well by now.
    expect(new TabMemory(() => kept).noteRenewal(3)).toBe(true)
    new TabMemory(() => kept).forgetRenewal()
    expect(new TabMemory(() => kept).noteRenewal(3)).toBe(true)
  })

  it('that cannot note a renewal allows none: it might go on for ever', () => {
    const full = { ...storage(), setItem: () => expect.fail('full'), removeItem: () => {} }
    expect(new TabMemory(() => full as Storage).noteRenewal(2)).toBe(false)
  })
})
