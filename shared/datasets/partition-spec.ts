import { TributaryError } from '../errors/error.ts'

/** How one dataset is divided among clients, by the names of Flower Datasets' partitioners; see `partition` for what each means. */
export type PartitionSpec =
  | { readonly kind: 'iid' }
  | { readonly kind: 'linear' }
  | { readonly kind: 'dirichlet'; readonly alpha: number }
  | { readonly kind: 'pathological'; readonly classesPerClient: number }
  /** `shardSize`: examples of a shard; null: as many as deals all of them out. */
  | { readonly kind: 'shards'; readonly shardsPerClient: number; readonly shardSize: number | null }
  /** `column`: that names who an example is of; null: where the data say so by themselves. */
  | { readonly kind: 'natural-id'; readonly column: string | null }

/** All ways, as they are written. */
export const PARTITION_FORMS =
  'iid, linear, dirichlet:ALPHA (such as dirichlet:0.5), pathological:CLASSES (such as pathological:2), shards:N (such as shards:2), shards:N:SIZE or natural-id:COLUMN'

/** Reads one of {@link PARTITION_FORMS}. Anything else is 'data/partition'. */
export function parsePartition(text: string): PartitionSpec {
  const [name = '', ...values] = text.trim().split(':')
  const kind = name.trim().toLowerCase()
  // A column's name may be anything.
  if (kind === 'natural-id') return naturalId(text, values.join(':').trim())
  const [first, second, ...rest] = values.map((value) => value.trim().toLowerCase())
  if ((kind === 'iid' || kind === 'linear') && first === undefined) return { kind }
  const isOne = first !== undefined && second === undefined
  if (kind === 'dirichlet' && isOne && DECIMAL.test(first)) return { kind, alpha: alphaOf(text, first) }
  if (kind === 'pathological' && isOne && DECIMAL.test(first)) {
    return { kind, classesPerClient: whole(text, first, 'the number of classes') }
  }
  if (kind === 'shards' && first !== undefined && rest.length === 0 && DECIMAL.test(first)) {
    const shardsPerClient = whole(text, first, 'the number of shards')
    if (second === undefined) return { kind, shardsPerClient, shardSize: null }
    if (DECIMAL.test(second)) return { kind, shardsPerClient, shardSize: whole(text, second, 'the size of a shard') }
  }
  throw refused(text, 'it is none of the known ways')
}

/** The text that `parsePartition` reads back as `spec`. */
export function formatPartition(spec: PartitionSpec): string {
  switch (spec.kind) {
    case 'iid':
    case 'linear':
      return spec.kind
    case 'dirichlet':
      return `dirichlet:${spec.alpha}`
    case 'pathological':
      return `pathological:${spec.classesPerClient}`
    case 'shards':
      return `shards:${spec.shardsPerClient}${spec.shardSize === null ? '' : `:${spec.shardSize}`}`
    case 'natural-id':
      return spec.column === null ? 'natural-id' : `natural-id:${spec.column}`
    default:
      return spec satisfies never
  }
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/

function naturalId(text: string, column: string): PartitionSpec {
  if (column === '' && text.includes(':')) throw refused(text, 'the column has no name')
  return { kind: 'natural-id', column: column === '' ? null : column }
}

function alphaOf(text: string, value: string): number {
  const alpha = Number(value)
  if (alpha > 0 && Number.isFinite(alpha)) return alpha
  throw refused(text, `alpha is ${value}, but must be above 0 and finite (0.1 is very uneven, 100 nearly even)`)
}

function whole(text: string, value: string, what: string): number {
  const number = Number(value)
  if (number >= 1 && Number.isSafeInteger(number)) return number
  throw refused(text, `${what} is ${value}, but must be a whole number, at least 1`)
}

function refused(text: string, reason: string): TributaryError {
  return new TributaryError(
    'data/partition',
    `The partition "${text}" cannot be used: ${reason}. Write ${PARTITION_FORMS}.`,
  )
}
