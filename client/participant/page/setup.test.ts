import { describe, expect, it } from 'vitest'
import type { PageJob } from '../page-job.ts'
import { parseKiosk } from './kiosk.ts'
import { recall, remember } from './memory.ts'
import { createSetup } from './setup.ts'

function job(changes: { partitions?: number; classes?: number } = {}): PageJob {
  const classes = Array.from({ length: changes.classes ?? 10 }, (_, i) => String(i))
  return {
    partitions: changes.partitions ?? 0,
    data: { kind: 'images', width: 28, height: 28, channels: 1, classes },
  } as PageJob
}
const half = () => 0.5

describe('createSetup', () => {
  it('offers a handwriting of one’s own and 600 examples', () => {
    const setup = createSetup(job(), parseKiosk(''), {}, half)
    expect(setup.choice.value).toEqual({ source: 'synthetic-digits', writer: 500_000_001, examples: 600 })
  })
  it('prefers a part of the coordinator’s data where there is one', () => {
    expect(createSetup(job({ partitions: 8 }), parseKiosk(''), {}, half).choice.value).toEqual({
      source: 'partition',
      index: 4,
    })
  })
  it('counts parts from 1 in the link', () => {
    expect(createSetup(job({ partitions: 8 }), parseKiosk('?part=8'), {}).choice.value).toMatchObject({ index: 7 })
  })
  it('lets the link win over what is remembered', () => {
    const setup = createSetup(job(), parseKiosk('?writer=3'), { writer: 9, examples: 200 })
    expect(setup.choice.value).toMatchObject({ writer: 3, examples: 200 })
  })
  it('says in words what the job cannot give', () => {
    expect(createSetup(job(), parseKiosk('?data=partition'), {}).problems[0]).toMatch(/offers none/)
    expect(createSetup(job({ partitions: 4 }), parseKiosk('?part=5'), {}).problems[0]).toMatch(/part 5.*has 4/)
    expect(createSetup(job({ classes: 62 }), parseKiosk('?writer=3'), {}).problems[0]).toMatch(/not about digits/)
  })
  it('has no choice until there are files', () => {
    const setup = createSetup(job({ classes: 62 }), parseKiosk(''), {})
    expect(setup.source.value).toBe('files')
    expect(setup.choice.value).toBeNull()
    const files = [{ path: 'pets/cat/1.png', file: new File([], '1.png') }]
    setup.files.value = files
    expect(setup.choice.value).toEqual({ source: 'files', files, mapping: {}, keep: false })
  })
})

describe('memory', () => {
  it('comes back as it was kept, and empty where storage is blocked or holds nonsense', () => {
    const kept = new Map<string, string>()
    const storage = () =>
      ({ getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => kept.set(k, v) }) as never
    const value = { source: 'partition', writer: 4, examples: 600, part: 2 } as const
    remember(value, storage)
    expect(recall(storage)).toEqual(value)
    kept.set('tributary.data', '{"source":"idx","writer":"x"}')
    expect(recall(storage)).toEqual({})
    kept.set('tributary.data', 'nonsense')
    expect(recall(storage)).toEqual({})
    const blocked = () => {
      throw new Error('SecurityError')
    }
    expect(recall(blocked)).toEqual({})
    expect(() => remember(value, blocked)).not.toThrow()
  })
})
