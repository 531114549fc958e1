import { TributaryError } from '../errors/error.ts'
import { type Random, random } from '../random/random.ts'
import { formatPartition, type PartitionSpec } from './partition-spec.ts'

/** Redraws of a Dirichlet partition that left a client without examples, before it is given up. */
const MAX_DRAWS = 100

/**
 * Deals examples to `clients`: for each client the indices of its examples, ascending. Every example goes to exactly
 * one client, and every client gets at least one. The same labels, clients, spec and seed give the same partition.
 * What cannot be dealt so is 'data/partition' with the reason; no examples at all are 'data/empty'.
 */
export function partition(
  labels: Uint8Array,
  clients: number,
  spec: PartitionSpec,
  seed: number | string,
): Uint32Array[] {
  if (!Number.isInteger(clients) || clients < 1) {
    throw impossible(`Data cannot be divided among ${clients} clients. Ask for a whole number, at least 1.`)
  }
  if (labels.length === 0) {
    throw new TributaryError('data/empty', 'There are no examples to divide among clients. Choose data with examples.')
  }
  if (labels.length < clients) {
    throw impossible(
      `${labels.length} examples cannot be divided among ${clients} clients, since each needs at least one. ` +
        'Use fewer clients or more data.',
    )
  }
  const draws = random(seed, 'partition', formatPartition(spec), clients)
  return owners(labels, clients, spec, draws).map((part) => Uint32Array.from(part).sort())
}

function owners(labels: Uint8Array, clients: number, spec: PartitionSpec, draws: Random): ArrayLike<number>[] {
  switch (spec.kind) {
    case 'iid':
      return cutEvenly(draws.permutation(labels.length), clients)
    case 'dirichlet':
      return dirichlet(labels, clients, spec.alpha, draws)
    case 'shards':
      return shards(labels, clients, spec.shardsPerClient, draws)
    default:
      return spec satisfies never
  }
}

/**
 * Each class is divided by proportions over clients drawn from a symmetric Dirichlet(alpha): the usual reading of
 * Hsu, Qi and Brown, "Measuring the effects of non-identical data distribution for federated visual classification"
 * (arXiv:1909.06335, 2019), used since Yurochkin et al. (ICML 2019). Small alpha gives each class to few clients,
 * large alpha to all alike. (Hsu et al. draw each client's proportions over classes, with equal client sizes; here
 * sizes differ too, and no example is left over or dealt twice.) A draw that leaves a client empty is made again.
 */
function dirichlet(labels: Uint8Array, clients: number, alpha: number, draws: Random): number[][] {
  const classes = indicesByLabel(labels)
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
 * within one example), N shards dealt to each client at random.
 */
function shards(labels: Uint8Array, clients: number, perClient: number, draws: Random): number[][] {
  const total = clients * perClient
  if (total > labels.length) {
    throw impossible(
      `shards:${perClient} for ${clients} clients needs ${total} shards, but there are only ${labels.length} examples. ` +
        `Use at most shards:${Math.floor(labels.length / clients)}, fewer clients or more data.`,
    )
  }
  const sorted = Uint32Array.from(indicesByLabel(labels).flatMap((members) => Array.from(draws.shuffle(members))))
  const pieces = cutEvenly(sorted, total)
  const deal = draws.permutation(total)
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

/** The examples of each label that occurs, by ascending label. */
function indicesByLabel(labels: Uint8Array): Uint32Array[] {
  const groups = Array.from({ length: 256 }, (): number[] => [])
  labels.forEach((label, index) => {
    groups[label]?.push(index)
  })
  return groups.filter((group) => group.length > 0).map((group) => Uint32Array.from(group))
}

function impossible(message: string): TributaryError {
  return new TributaryError('data/partition', message)
}
