import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../random/random.ts'
import { type Divisible, partition } from './partition.ts'
import { formatPartition, PARTITION_FORMS, type PartitionSpec, parsePartition } from './partition-spec.ts'

const tenClasses = (count: number): Uint8Array =>
  random(1, 'labels').shuffle(Uint8Array.from({ length: count }, (_, i) => i % 10))

const labelled = (labels: ArrayLike<number>): Divisible => ({ count: labels.length, labels, owners: null })

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
    fc
      .integer({ min: 1, max: 5 })
      .map((shardsPerClient): PartitionSpec => ({ kind: 'shards', shardsPerClient, shardSize: null })),
    fc.constant<PartitionSpec>({ kind: 'linear' }),
  )

  it('gives every example to exactly one client, and every client at least one', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 60, maxLength: 400, max: 9 }),
        fc.integer({ min: 1, max: 8 }),
        spec,
        fc.integer(),
        (labels, clients, how, seed) => {
          const parts = partition(labelled(labels), clients, how, seed)
          expect(parts.length).toBe(clients)
          expect(parts.every((part) => part.length > 0)).toBe(true)
          const all = parts.flatMap((part) => Array.from(part)).sort((a, b) => a - b)
          expect(all).toEqual(Array.from(labels, (_, i) => i))
        },
      ),
    )
  })

  it.each(['iid', 'linear', 'dirichlet:0.5', 'pathological:3', 'shards:2', 'shards:2:40'])(
    '%s is the same for the same seed, and another for another',
    (text) => {
      const labels = labelled(tenClasses(500))
      const how = parsePartition(text)
      expect(partition(labels, 5, how, 'a')).toEqual(partition(labels, 5, how, 'a'))
      expect(partition(labels, 5, how, 'a')).not.toEqual(partition(labels, 5, how, 'b'))
    },
  )

  it('iid gives all clients the same number of examples to within one, of all classes alike', () => {
    const labels = tenClasses(6007)
    const parts = partition(labelled(labels), 4, { kind: 'iid' }, 1)
    expect(parts.map((part) => part.length).sort()).toEqual([1501, 1502, 1502, 1502])
    for (const count of classCounts(labels, parts).flat()) expect(Math.abs(count - 150)).toBeLessThan(50)
  })

  it('shards gives each client few classes (McMahan et al. 2017, §3)', () => {
    const labels = tenClasses(6000)
    const parts = partition(labelled(labels), 10, { kind: 'shards', shardsPerClient: 2, shardSize: null }, 3)
    expect(parts.every((part) => part.length === 600)).toBe(true)
    for (const counts of classCounts(labels, parts)) {
      expect(counts.filter((count) => count > 0).length).toBeLessThanOrEqual(2)
    }
  })

  it('dirichlet is uneven with a small alpha and even with a large one', () => {
    const labels = tenClasses(5000)
    const largestShare = (alpha: number): number => {
      const counts = classCounts(labels, partition(labelled(labels), 5, { kind: 'dirichlet', alpha }, 2))
      return (
        [...Array(10).keys()].reduce((sum, label) => sum + Math.max(...counts.map((c) => c[label] as number)), 0) / 5000
      )
    }
    expect(largestShare(0.05)).toBeGreaterThan(0.8)
    expect(largestShare(1000)).toBeLessThan(0.25)
  })

  it('shards of a given size deals whole shards, and each example at most once', () => {
    const how = fc.record({ clients: fc.integer({ min: 1, max: 6 }), size: fc.integer({ min: 1, max: 9 }) })
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 60, maxLength: 300, max: 9 }), how, (labels, { clients, size }) => {
        const parts = partition(labelled(labels), clients, { kind: 'shards', shardsPerClient: 1, shardSize: size }, 1)
        expect(parts.map((part) => part.length)).toEqual(parts.map(() => size))
        const all = parts.flatMap((part) => Array.from(part))
        expect(new Set(all).size).toBe(all.length)
      }),
    )
  })

  it('linear gives client i just i times the examples of the first, to within one', () => {
    const parts = partition(labelled(tenClasses(5500)), 10, { kind: 'linear' }, 1)
    expect(parts.map((part) => part.length)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000])
  })

  it('pathological gives every client just so many classes, and every class to as many clients as any other', () => {
    const ways = fc.record({
      clients: fc.integer({ min: 2, max: 12 }),
      classesPerClient: fc.integer({ min: 1, max: 10 }),
    })
    fc.assert(
      fc.property(ways, fc.integer(), ({ clients, classesPerClient }, seed) => {
        fc.pre(clients * classesPerClient >= 10)
        const labels = tenClasses(600)
        const parts = partition(labelled(labels), clients, { kind: 'pathological', classesPerClient }, seed)
        const counts = classCounts(labels, parts)
        for (const own of counts) expect(own.filter((count) => count > 0).length).toBe(classesPerClient)
        const havers = [...Array(10).keys()].map((label) => counts.filter((own) => (own[label] ?? 0) > 0).length)
        expect(Math.max(...havers) - Math.min(...havers)).toBeLessThanOrEqual(1)
        const all = parts.flatMap((part) => Array.from(part)).sort((a, b) => a - b)
        expect(all).toEqual(Array.from(labels, (_, i) => i))
      }),
    )
  })

  it('natural-id divides nobody’s examples, and gives each client its own where there are enough', () => {
    const how: PartitionSpec = { kind: 'natural-id', column: 'site' }
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 12 }),
        (owners, clients) => {
          const people = [...new Set(owners)].sort((a, b) => a - b)
          fc.pre(clients <= people.length)
          const parts = partition({ count: owners.length, labels: null, owners }, clients, how, 1)
          const held = parts.map((part) => [...new Set(Array.from(part, (i) => owners[i] as number))])
          expect(held.flat().sort((a, b) => a - b)).toEqual(people)
          expect(parts.flatMap((part) => Array.from(part)).length).toBe(owners.length)
          if (clients === people.length) expect(held.flat()).toEqual(people)
        },
      ),
    )
  })

  it.each<[string, Divisible, number, RegExp]>([
    ['dirichlet:1', { count: 50, labels: null, owners: null }, 2, /goes by classes, and these data have numbers/],
    ['natural-id', labelled(tenClasses(50)), 2, /do not say it. Use a table, and name its column/],
    ['natural-id:site', { count: 3, labels: null, owners: [0, 0, 1] }, 3, /finds 2 owners .* Ask for at most 2/],
    ['pathological:11', labelled(tenClasses(50)), 2, /needs 11 classes, and the data have 10/],
    ['pathological:2', labelled(tenClasses(50)), 4, /leaves some of the 10 classes to nobody/],
    ['pathological:10', labelled(tenClasses(50)), 6, /gives a class of 5 examples to 6 of the 6 clients/],
    ['linear', labelled(tenClasses(50)), 10, /takes 55 examples; there are 50/],
    ['shards:2:10', labelled(tenClasses(50)), 3, /needs 6 shards, but there are only 5 of 10 examples/],
  ])('refuses %s for data that it cannot divide', (text, examples, clients, message) => {
    expect(() => partition(examples, clients, parsePartition(text), 1)).toThrow(
      expect.objectContaining({ code: 'data/partition', message: expect.stringMatching(message) }),
    )
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
      /needs 12 shards, but there are only 10.*at most 3 shards a client/,
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
    expect(() => partition(labelled(tenClasses(examples)), clients, parsePartition(text), 1)).toThrow(
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
    ['shards:2', { kind: 'shards', shardsPerClient: 2, shardSize: null }],
    ['shards:2:300', { kind: 'shards', shardsPerClient: 2, shardSize: 300 }],
    ['linear', { kind: 'linear' }],
    ['pathological:3', { kind: 'pathological', classesPerClient: 3 }],
    ['natural-id', { kind: 'natural-id', column: null }],
    ['Natural-ID: Hospital:No 1 ', { kind: 'natural-id', column: 'Hospital:No 1' }],
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
    'shards:2:0',
    'shards:2:3:4',
    'linear:2',
    'pathological',
    'pathological:0',
    'natural-id:',
  ])('refuses %j and lists what is accepted', (text) => {
    expect(() => parsePartition(text)).toThrow(
      expect.objectContaining({
        code: 'data/partition',
        message: expect.stringContaining(`Write ${PARTITION_FORMS}.`),
      }),
    )
  })
})
