import { TributaryError } from '../errors/error.ts'

/** How one dataset is divided among clients; see `partition` for what each means. */
export type PartitionSpec =
  | { readonly kind: 'iid' }
  | { readonly kind: 'dirichlet'; readonly alpha: number }
  | { readonly kind: 'shards'; readonly shardsPerClient: number }

/**
 * Reads 'iid', 'dirichlet:ALPHA' (a number above 0) or 'shards:N' (a whole number from 1). Anything else is
 * 'data/partition'.
 */
export function parsePartition(text: string): PartitionSpec {
  const [kind, value, ...rest] = text.trim().toLowerCase().split(':')
  if (kind === 'iid' && value === undefined) return { kind }
  if (rest.length === 0 && value !== undefined && kind === 'dirichlet' && DECIMAL.test(value)) {
    const alpha = Number(value)
    if (alpha > 0 && Number.isFinite(alpha)) return { kind, alpha }
    throw refused(text, `alpha is ${value}, but must be above 0 and finite (0.1 is very uneven, 100 nearly even)`)
  }
  if (rest.length === 0 && value !== undefined && kind === 'shards' && DECIMAL.test(value)) {
    const shardsPerClient = Number(value)
    if (shardsPerClient >= 1 && Number.isSafeInteger(shardsPerClient)) return { kind, shardsPerClient }
    throw refused(text, `the number of shards is ${value}, but must be a whole number, at least 1`)
  }
  throw refused(text, 'it is none of the known ways')
}

/** The text that `parsePartition` reads back as `spec`. */
export function formatPartition(spec: PartitionSpec): string {
  switch (spec.kind) {
    case 'iid':
      return 'iid'
    case 'dirichlet':
      return `dirichlet:${spec.alpha}`
    case 'shards':
      return `shards:${spec.shardsPerClient}`
    default:
      return spec satisfies never
  }
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/

function refused(text: string, reason: string): TributaryError {
  return new TributaryError(
    'data/partition',
    `The partition "${text}" cannot be used: ${reason}. ` +
      'Write iid, dirichlet:ALPHA (such as dirichlet:0.5) or shards:N (such as shards:2).',
  )
}
