import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../random/random.ts'
import { partition } from './partition.ts'
import { formatPartition, type PartitionSpec, parsePartition } from './partition-spec.ts'

const tenClasses = (count: number): Uint8Array =>
  random(1, 'labels').shuffle(Uint8Array.from({ length: count }, (_, i) => i % 10))

/** For each client, how many examples of each of ten classes. */
function classCounts(labels: Uint8Array, parts: Uint32Array[]): number[][] {
  return parts.map((part) => {
    const counts = new Array<number>(10).fill(0)
    for (const index of part) counts[labels[index] as number] = (counts[labels[index] as number] as number) + 1
    return counts
  })
}

describe('partition', () => {
  const spec = fc.oneof(
    fc.constant<PartitionSpec>({ kind: 'iid' }),
    fc.double({ min: 0.3, max: 100, noNaN: true }).map((alpha): PartitionSpec => ({ kind: 'dirichlet', alpha })),
    fc.integer({ min: 1, max: 5 }).map((shardsPerClient): PartitionSpec => ({ kind: 'shards', shardsPerClient })),
  )

  it('gives every example to exactly one client, and every client at least one', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 60, maxLength: 400, max: 9 }),
        fc.integer({ min: 1, max: 8 }),
        spec,
        fc.integer(),
        (labels, clients, how, seed) => {
          const parts = partition(labels, clients, how, seed)
          expect(parts.length).toBe(clients)
          expect(parts.every((part) => part.length > 0)).toBe(true)
          const all = parts.flatMap((part) => Array.from(part)).sort((a, b) => a - b)
          expect(all).toEqual(Array.from(labels, (_, i) => i))
        },
      ),
    )
  })

  it.each(['iid', 'dirichlet:0.5', 'shards:2'])('%s is the same for the same seed, and another for another', (text) => {
    const labels = tenClasses(500)
    const how = parsePartition(text)
    expect(partition(labels, 5, how, 'a')).toEqual(partition(labels, 5, how, 'a'))
    expect(partition(labels, 5, how, 'a')).not.toEqual(partition(labels, 5, how, 'b'))
  })

  it('iid gives all clients the same number of examples to within one, of all classes alike', () => {
    const labels = tenClasses(6007)
    const parts = partition(labels, 4, { kind: 'iid' }, 1)
    expect(parts.map((part) => part.length).sort()).toEqual([1501, 1502, 1502, 1502])
    for (const count of classCounts(labels, parts).flat()) expect(Math.abs(count - 150)).toBeLessThan(50)
  })

  it('shards gives each client few classes (McMahan et al. 2017, §3)', () => {
    const labels = tenClasses(6000)
    const parts = partition(labels, 10, { kind: 'shards', shardsPerClient: 2 }, 3)
    expect(parts.every((part) => part.length === 600)).toBe(true)
    for (const counts of classCounts(labels, parts)) {
      expect(counts.filter((count) => count > 0).length).toBeLessThanOrEqual(2)
    }
  })

  it('dirichlet is uneven with a small alpha and even with a large one', () => {
    const labels = tenClasses(5000)
    const largestShare = (alpha: number): number => {
      const counts = classCounts(labels, partition(labels, 5, { kind: 'dirichlet', alpha }, 2))
      return (
        [...Array(10).keys()].reduce((sum, label) => sum + Math.max(...counts.map((c) => c[label] as number)), 0) / 5000
      )
    }
    expect(largestShare(0.05)).toBeGreaterThan(0.8)
    expect(largestShare(1000)).toBeLessThan(0.25)
  })

  it.each<[string, number, number, string, string, RegExp]>([
    ['no clients', 10, 0, 'iid', 'data/partition', /among 0 clients/],
    ['half a client', 10, 1.5, 'iid', 'data/partition', /among 1.5 clients/],
    ['no examples', 0, 1, 'iid', 'data/empty', /no examples to divide/],
    ['fewer examples than clients', 3, 4, 'iid', 'data/partition', /3 examples cannot be divided among 4 clients/],
    [
      'more shards than examples',
      10,
      3,
      'shards:4',
      'data/partition',
      /needs 12 shards, but there are only 10.*at most shards:3/,
    ],
    [
      'an alpha that starves clients',
      40,
      30,
      'dirichlet:0.001',
      'data/partition',
      /in each of 100 draws\. Use a larger alpha/,
    ],
  ])('refuses %s and says how to mend it', (_, examples, clients, text, code, message) => {
    expect(() => partition(tenClasses(examples), clients, parsePartition(text), 1)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })
})

describe('parsePartition', () => {
  it.each<[string, PartitionSpec]>([
    ['iid', { kind: 'iid' }],
    [' IID ', { kind: 'iid' }],
    ['dirichlet:0.5', { kind: 'dirichlet', alpha: 0.5 }],
    ['dirichlet:.1', { kind: 'dirichlet', alpha: 0.1 }],
    ['dirichlet:1e2', { kind: 'dirichlet', alpha: 100 }],
    ['shards:2', { kind: 'shards', shardsPerClient: 2 }],
  ])('reads %j, and what it writes', (text, spec) => {
    expect(parsePartition(text)).toEqual(spec)
    expect(parsePartition(formatPartition(spec))).toEqual(spec)
  })

  it.each([
    '',
    'idd',
    'iid:1',
    'dirichlet',
    'dirichlet:',
    'dirichlet:x',
    'dirichlet:0',
    'dirichlet:-1',
    'dirichlet:Infinity',
    'dirichlet:1:2',
    'dirichlet:1e999',
    'shards',
    'shards:0',
    'shards:1.5',
    'shards:-2',
    'shards:0x2',
    'shards:1e30',
  ])('refuses %j and lists what is accepted', (text) => {
    expect(() => parsePartition(text)).toThrow(
      expect.objectContaining({
        code: 'data/partition',
        message: expect.stringMatching(/Write iid, dirichlet:ALPHA .* or shards:N/),
      }),
    )
  })
})
