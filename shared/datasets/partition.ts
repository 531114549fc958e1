import { TributaryError } from '../errors/error.ts'
import { type Random, random } from '../random/random.ts'
import { formatPartition, type PartitionSpec } from './partition-spec.ts'

/** Redraws of a Dirichlet partition that left a client without examples, before it is given up. */
const MAX_DRAWS = 100

/** What examples are of: their classes, and whose they are; null where the data do not say. */
export interface Divisible {
  readonly count: number
  /** One per example, from 0. */
  readonly labels: ArrayLike<number> | null
  /** One per example, from 0: who it is of. */
  readonly owners: ArrayLike<number> | null
}

/**
 * Deals examples to `clients`: for each client the indices of its examples, ascending. Every example goes to exactly
 * one client (of shards of a given size some may be left over), and every client gets at least one. The same examples,
 * clients, spec and seed give the same partition. What cannot be dealt so is 'data/partition' with the reason; no
 * examples at all are 'data/empty'.
 */
export function partition(
  examples: Divisible,
  clients: number,
  spec: PartitionSpec,
  seed: number | string,
): Uint32Array[] {
  const { count } = examples
  if (!Number.isInteger(clients) || clients < 1) {
    throw impossible(`Data cannot be divided among ${clients} clients. Ask for a whole number, at least 1.`)
  }
  if (count === 0) {
    throw new TributaryError('data/empty', 'There are no examples to divide among clients. Choose data with examples.')
  }
  if (count < clients) {
    throw impossible(
      `${count} examples cannot be divided among ${clients} clients, since each needs at least one. ` +
        'Use fewer clients or more data.',
    )
  }
  const draws = random(seed, 'partition', formatPartition(spec), clients)
  return owners(examples, clients, spec, draws).map((part) => Uint32Array.from(part).sort())
}

function owners(examples: Divisible, clients: number, spec: PartitionSpec, draws: Random): ArrayLike<number>[] {
  switch (spec.kind) {
    case 'iid':
      return cutEvenly(draws.permutation(examples.count), clients)
    case 'linear':
      return linear(draws.permutation(examples.count), clients)
    case 'dirichlet':
      return dirichlet(classesOf(examples, spec), clients, spec.alpha, draws)
    case 'pathological':
      return pathological(classesOf(examples, spec), clients, spec.classesPerClient, draws)
    case 'shards':
      return shards(classesOf(examples, spec), clients, spec, draws)
    case 'natural-id':
      return byOwner(examples, clients, draws)
    default:
      return spec satisfies never
  }
}

/** The examples of each class that occurs. Throws where there are no classes. */
function classesOf({ labels }: Divisible, spec: PartitionSpec): Uint32Array[] {
  if (labels) return indicesByNumber(labels)
  throw impossible(
    `${formatPartition(spec)} goes by classes, and these data have numbers for answers. Use iid, linear or natural-id.`,
  )
}

/** Client i of n gets i + 1 parts of 1 + 2 + … + n. */
function linear(order: Uint32Array, clients: number): Uint32Array[] {
  const parts = (clients * (clients + 1)) / 2
  if (order.length < parts) {
    throw impossible(
      `linear gives the last of ${clients} clients ${clients} times the examples of the first, which takes ${parts} examples; there are ${order.length}. ` +
        'Use fewer clients or more data.',
    )
  }
  const edge = (client: number): number => Math.floor((((client * (client + 1)) / 2) * order.length) / parts)
  return Array.from({ length: clients }, (_, client) => order.subarray(edge(client), edge(client + 1)))
}

/**
 * Each client gets examples of just so many classes, whichever these are; the examples of a class are divided evenly among those
 * that have it. Classes are dealt so that each has as many clients as any other, to within one.
 */
function pathological(classes: readonly Uint32Array[], clients: number, perClient: number, draws: Random): number[][] {
  const form = `pathological:${perClient}`
  if (perClient > classes.length) {
    throw impossible(`${form} needs ${perClient} classes, and the data have ${classes.length}. Use fewer classes.`)
  }
  if (clients * perClient < classes.length) {
    throw impossible(
      `${form} for ${clients} clients leaves some of the ${classes.length} classes to nobody. Use more clients or more classes.`,
    )
  }
  const havers = classes.map((): number[] => [])
  for (let client = 0; client < clients; client++) {
    const order = Array.from(draws.permutation(classes.length)) as number[]
    order.sort((a, b) => (havers[a]?.length ?? 0) - (havers[b]?.length ?? 0))
    for (const place of order.slice(0, perClient)) havers[place]?.push(client)
  }
  const dealt = Array.from({ length: clients }, (): number[] => [])
  classes.forEach((members, place) => {
    const own = havers[place] as number[]
    if (own.length > members.length) {
      throw impossible(
        `${form} gives a class of ${members.length} examples to ${own.length} of the ${clients} clients. Use fewer clients or more data.`,
      )
    }
    cutEvenly(draws.shuffle(members), own.length).forEach((piece, i) => {
      dealt[own[i] as number]?.push(...piece)
    })
  })
  return dealt
}

/** Nobody's examples are divided. With fewer clients than owners, a client stands for several of them, chosen at random. */
function byOwner({ owners }: Divisible, clients: number, draws: Random): number[][] {
  if (!owners) {
    throw impossible(
      'natural-id needs to know who each example is of, and these data do not say it. Use a table, and name its column: natural-id:COLUMN.',
    )
  }
  const groups = indicesByNumber(owners)
  if (groups.length < clients) {
    throw impossible(
      `natural-id finds ${groups.length} owners of examples, too few for ${clients} clients. Ask for at most ${groups.length}.`,
    )
  }
  const dealt = Array.from({ length: clients }, (): number[] => [])
  // As many clients as owners: they keep their order.
  const order = groups.length === clients ? groups.map((_, i) => i) : draws.permutation(groups.length)
  order.forEach((group, i) => {
    for (const index of groups[group] as Uint32Array) dealt[i % clients]?.push(index)
  })
  return dealt
}

/**
 * Each class is divided by proportions over clients drawn from a symmetric Dirichlet(alpha): the usual reading of
 * Hsu, Qi and Brown, "Measuring the effects of non-identical data distribution for federated visual classification"
 * (arXiv:1909.06335, 2019), used since Yurochkin et al. (ICML 2019). Small alpha gives each class to few clients,
 * large alpha to all alike. (Hsu et al. draw each client's proportions over classes, with equal client sizes; here
 * sizes differ too, and no example is left over or dealt twice.) A draw that leaves a client empty is made again.
 */
function dirichlet(classes: readonly Uint32Array[], clients: number, alpha: number, draws: Random): number[][] {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const parts = Array.from({ length: clients }, (): number[] => [])
    for (const members of classes) {
      const proportions = draws.dirichlet(alpha, clients)
      draws.shuffle(members)
      let cumulative = 0
      let from = 0
      parts.forEach((part, client) => {
        cumulative += proportions[client] as number
        const to = client === clients - 1 ? members.length : Math.round(Math.min(1, cumulative) * members.length)
        for (let i = from; i < to; i++) part.push(members[i] as number)
        from = to
      })
    }
    if (parts.every((part) => part.length > 0)) return parts
  }
  throw impossible(
    `dirichlet:${alpha} left some of the ${clients} clients without examples in each of ${MAX_DRAWS} draws. ` +
      'Use a larger alpha, fewer clients or more data.',
  )
}

/**
 * The pathological non-IID partition of McMahan et al., "Communication-efficient learning of deep networks from
 * decentralized data" (AISTATS 2017, §3): examples sorted by label, cut into clients × N shards of equal size (to
 * within one example), N shards dealt to each client at random. Of shards of a given size all that there are take part
 * in the deal, and what is left of it, or makes no whole shard, is nobody's.
 */
function shards(
  classes: readonly Uint32Array[],
  clients: number,
  spec: PartitionSpec & { kind: 'shards' },
  draws: Random,
): number[][] {
  const { shardsPerClient: perClient, shardSize } = spec
  const total = clients * perClient
  const count = classes.reduce((n, members) => n + members.length, 0)
  const whole = shardSize === null ? count : Math.floor(count / shardSize)
  if (total > whole) {
    const most = Math.floor(whole / clients)
    const there = shardSize === null ? `only ${count} examples` : `only ${whole} of ${shardSize} examples`
    const less = most === 0 ? '' : `at most ${most} shards a client, `
    throw impossible(
      `${formatPartition(spec)} for ${clients} clients needs ${total} shards, but there are ${there}. ` +
        `Use ${less}fewer clients or more data.`,
    )
  }
  const sorted = Uint32Array.from(classes.flatMap((members) => Array.from(draws.shuffle(members))))
  const pieces = shardSize === null ? cutEvenly(sorted, total) : cutEvenly(sorted.subarray(0, whole * shardSize), whole)
  const deal = draws.permutation(pieces.length)
  return Array.from({ length: clients }, (_, client) =>
    Array.from(deal.subarray(client * perClient, (client + 1) * perClient)).flatMap((shard) =>
      Array.from(pieces[shard] as Uint32Array),
    ),
  )
}

/** `array` in `pieces` consecutive pieces whose lengths differ by at most one. */
function cutEvenly(array: Uint32Array, pieces: number): Uint32Array[] {
  const edge = (piece: number): number => Math.floor((piece * array.length) / pieces)
  return Array.from({ length: pieces }, (_, piece) => array.subarray(edge(piece), edge(piece + 1)))
}

/** The examples of each number that occurs, by ascending number. */
function indicesByNumber(numbers: ArrayLike<number>): Uint32Array[] {
  const groups = new Map<number, number[]>()
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] as number
    const group = groups.get(number)
    if (group) group.push(index)
    else groups.set(number, [index])
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => Uint32Array.from(group))
}

function impossible(message: string): TributaryError {
  return new TributaryError('data/partition', message)
}
