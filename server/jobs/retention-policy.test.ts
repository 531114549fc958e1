import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Score } from '../../shared/protocol/dashboard.ts'
import { version } from '../storage/testing.ts'
import { type RetentionPolicy, versionsToDrop } from './retention-policy.ts'

const NOTHING: RetentionPolicy = { last: 1, best: false, every: null }
const accuracy = (value: number): Score => ({ metrics: { accuracy: value }, loss: 1, examples: 10 })
const loss = (value: number): Score => ({ metrics: {}, loss: value, examples: 10 })

/** What stays of versions 0, 1, 2 … of which a test says only what it is about. */
function stay(records: Parameters<typeof version>[2][], policy: Partial<RetentionPolicy>, inUse: string[] = []) {
  const all = records.map((change, i) => version('j-1', i, change))
  const dropped = new Set(versionsToDrop(all, { ...NOTHING, ...policy }, 'accuracy', new Set(inUse)))
  return all.filter((v) => !dropped.has(v.version)).map((v) => v.version)
}
const plain = (n: number) => Array.from({ length: n }, () => ({}))

describe('what a job keeps of its versions', () => {
  it('is the latest at least', () => {
    expect(stay(plain(1), {})).toEqual([0])
    expect(stay(plain(9), {})).toEqual([8])
  })

  it('is the last K, all where there are no more', () => {
    expect(stay(plain(9), { last: 3 })).toEqual([6, 7, 8])
    expect(stay(plain(3), { last: 3 })).toEqual([0, 1, 2])
    expect(stay(plain(3), { last: 20 })).toEqual([0, 1, 2])
  })

  it('is every Nth by its number, version 0 among them', () => {
    expect(stay(plain(9), { every: 3 })).toEqual([0, 3, 6, 8])
    expect(stay(plain(9), { every: 1 })).toHaveLength(9)
    expect(stay(plain(9), { every: 100 })).toEqual([0, 8])
  })

  it('is the version that an open attempt starts from', () => {
    expect(stay(plain(9), {}, [version('j-1', 4).digest])).toEqual([4, 8])
  })

  it('is the best by accuracy on the test data, the earlier of equals', () => {
    const records = [0.1, 0.9, 0.4, 0.9, 0.8].map((a) => ({ test: accuracy(a), clients: accuracy(1 - a) }))
    expect(stay(records, { best: true })).toEqual([1, 4])
    expect(stay(records, { best: false })).toEqual([4])
  })

  it('is the best by the clients’ accuracy where there are no test data, and by loss where there is no accuracy', () => {
    const clients = [0.1, 0.9, 0.4, 0.2].map((a) => ({ clients: accuracy(a) }))
    expect(stay(clients, { best: true })).toEqual([1, 3])
    const losses = [3, 2, 0.5, 1, 9].map((l) => ({ test: loss(l) }))
    expect(stay(losses, { best: true })).toEqual([2, 4])
    // One version with an accuracy, and that is what counts.
    expect(stay([...losses, { test: accuracy(0.1) }, {}], { best: true })).toEqual([5, 6])
  })

  it('is the one before the latest as long as its score is awaited, so that the best is not lost', () => {
    const scored = [0.1, 0.9, 0.4].map((a) => ({ test: accuracy(a) }))
    expect(stay([...scored, {}, {}], { best: true })).toEqual([1, 3, 4])
    expect(stay([...scored, {}, {}], { best: false })).toEqual([4])
    expect(stay([...scored, { test: accuracy(0.2) }, {}], { best: true })).toEqual([1, 4])
  })

  it('holds of those that are still there: what was dropped is not dropped again, and is nobody’s best', () => {
    const records = [{ test: accuracy(0.99), kept: false }, { test: accuracy(0.5) }, { test: accuracy(0.4) }, {}]
    const all = records.map((change, i) => version('j-1', i, change))
    expect(versionsToDrop(all, { last: 1, best: true, every: 3 }, 'accuracy', new Set())).toEqual([2])
  })

  it('never loses what one of its rules keeps, whatever the records', () => {
    const score = fc.option(
      fc.record({
        metrics: fc.constantFrom<Score['metrics']>({}, { accuracy: 0.2 }, { accuracy: 0.5 }, { accuracy: 0.7 }),
        loss: fc.constant(1),
      }),
    )
    const record = fc.record({ test: score, clients: score, kept: fc.boolean(), used: fc.boolean() })
    const policy = fc.record({
      last: fc.integer({ min: 1, max: 4 }),
      best: fc.boolean(),
      every: fc.option(fc.integer({ min: 1, max: 4 })),
    })
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), policy, (made, rules) => {
        const all = made.map(({ test, clients, kept }, i) =>
          version('j-1', i, {
            // The latest is always there.
            kept: kept || i === made.length - 1,
            test: test && { ...test, examples: 1 },
            clients: clients && { ...clients, examples: 1 },
          }),
        )
        const used = new Set(all.filter((_, i) => made[i]!.used).map((v) => v.digest))
        const dropped = new Set(versionsToDrop(all, rules, 'accuracy', used))
        const left = all.filter((v) => v.kept && !dropped.has(v.version))
        for (const number of dropped) expect(all[number]!.kept).toBe(true)
        for (const v of all.filter((each) => each.kept)) {
          const asked = used.has(v.digest) || (rules.every !== null && v.version % rules.every === 0)
          if (asked) expect(left).toContain(v)
        }
        const kept = all.filter((v) => v.kept)
        for (const v of kept.slice(-rules.last)) expect(left).toContain(v)
        const tested = kept.flatMap((v) => v.test?.metrics.accuracy ?? [])
        if (rules.best && tested.length > 0) {
          expect(left.some((v) => v.test?.metrics.accuracy === Math.max(...tested))).toBe(true)
        }
        // And little more than that stays: K, the best, the one awaiting its score, those in use, every Nth.
        const nth = rules.every === null ? 0 : kept.filter((v) => v.version % (rules.every ?? 1) === 0).length
        expect(left.length).toBeLessThanOrEqual(rules.last + (rules.best ? 2 : 0) + used.size + nth)
      }),
    )
  })
})
