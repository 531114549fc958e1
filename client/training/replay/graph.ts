/** A recorded step as a graph: which programs, on which values. Knows nothing of the GPU. */
import type { Pointwise } from './fusion/pointwise.ts'
import { RecordingError } from './internals.ts'

export type Value =
  /** Made by a node of the graph. */
  | { readonly kind: 'temporary'; readonly bytes: number }
  /** The same in every step. */
  | { readonly kind: 'constant'; readonly bytes: number; readonly contents: Uint8Array; readonly uniform: boolean }
  /** Another in every step, given from outside. */
  | { readonly kind: 'input'; readonly bytes: number; readonly name: string }
  /** What a weight is before the step. */
  | { readonly kind: 'weight'; readonly bytes: number; readonly weight: number }

/** An index into the graph's values. */
export type ValueId = number

export interface GraphNode<Pipeline> {
  readonly pipeline: Pipeline
  /** Bound one after the other, and then what is read. */
  readonly writes: readonly ValueId[]
  readonly reads: readonly ValueId[]
  readonly workgroups: readonly [number, number, number]
  /** Where each element of what it writes is computed by itself: how. */
  readonly pointwise: Pointwise | null
}

export interface Graph<Pipeline> {
  readonly values: readonly Value[]
  /** In an order in which they can run. */
  readonly nodes: readonly GraphNode<Pipeline>[]
  readonly results: readonly ValueId[]
  /** What each of the weights is after the step. */
  readonly weights: readonly ValueId[]
}

/** Values that one node makes, all at once; others are written several times, as sums by atomic additions are. */
export function madeOnce({ nodes }: Graph<unknown>): ReadonlySet<ValueId> {
  const writers = new Map<ValueId, number>()
  for (const id of nodes.flatMap(({ writes }) => writes)) writers.set(id, (writers.get(id) ?? 0) + 1)
  return new Set([...writers].filter(([, count]) => count === 1).map(([id]) => id))
}

/** Throws RecordingError where two recordings of one step differ: then it holds what changes from step to step. */
export function compareGraphs<Pipeline>(a: Graph<Pipeline>, b: Graph<Pipeline>): void {
  const shape = ({ nodes, results, weights, values }: Graph<Pipeline>) =>
    JSON.stringify([
      results,
      weights,
      nodes.map(({ writes, reads, workgroups }) => [writes, reads, workgroups]),
      values.length,
    ])
  const same =
    shape(a) === shape(b) &&
    a.nodes.every(({ pipeline }, i) => pipeline === b.nodes[i]?.pipeline) &&
    a.values.every((value, i) => sameValue(value, b.values[i] as Value))
  if (!same) throw new RecordingError('Two recordings of one step differ: it holds something random, or counts.')
}

function sameValue(a: Value, b: Value): boolean {
  if (a.kind !== b.kind || a.bytes !== b.bytes) return false
  if (a.kind === 'constant' && b.kind === 'constant') return a.uniform === b.uniform && keyOf(a) === keyOf(b)
  if (a.kind === 'input' && b.kind === 'input') return a.name === b.name
  return a.kind !== 'weight' || b.kind !== 'weight' || a.weight === b.weight
}

/** Equal for constants of equal contents. */
export function keyOf({ contents, uniform }: Extract<Value, { kind: 'constant' }>): string {
  let text = uniform ? 'uniform:' : 'storage:'
  for (let i = 0; i < contents.length; i += CHUNK) text += String.fromCharCode(...contents.subarray(i, i + CHUNK))
  return text
}

/** Arguments of one call. */
const CHUNK = 0x2000
