/** Graphs by hand, and what they compute, for tests without a GPU. */
import type { Pointwise } from './fusion/pointwise.ts'
import type { Graph, GraphNode, Value, ValueId } from './graph.ts'

/** A node of a test's graph: a name for its program, what it writes, what it reads. */
export interface Sketch {
  readonly program: string
  readonly writes: ValueId
  readonly reads: readonly ValueId[]
  /** Of an elementwise node: elements. */
  readonly size?: number
  /** Inputs that are not read in place. */
  readonly elsewhere?: readonly number[]
}

export interface GraphSketch {
  /** Values that no node makes, by id. */
  readonly given: { readonly [id: ValueId]: Value }
  readonly nodes: readonly Sketch[]
  readonly results: readonly ValueId[]
}

export const input = (name: string, bytes = 64): Value => ({ kind: 'input', name, bytes })

export function constant(...numbers: number[]): Value {
  const contents = new Uint8Array(Float32Array.from(numbers).buffer)
  return { kind: 'constant', bytes: contents.byteLength, contents, uniform: false }
}

export function graphFrom({ given, nodes, results }: GraphSketch): Graph<string> {
  const ids = [
    ...Object.keys(given).map(Number),
    ...nodes.flatMap(({ writes, reads }) => [writes, ...reads]),
    ...results,
  ]
  const temporary: Value = { kind: 'temporary', bytes: 64 }
  const values = Array.from({ length: Math.max(...ids) + 1 }, (_, id) => given[id] ?? temporary)
  return { values, nodes: nodes.map(nodeOf), results, weights: [] }
}

function nodeOf({ program, writes, reads, size, elsewhere = [] }: Sketch): GraphNode<string> {
  const pointwise: Pointwise | null =
    size === undefined
      ? null
      : {
          size,
          type: 'float32',
          reads: reads.map((_, n) => ({ index: elsewhere.includes(n) ? '0u' : 'i', type: 'float32' })),
          expression: (names) => `${program}(${names.join(', ')})`,
        }
  return { pipeline: program, writes: [writes], reads, workgroups: [1, 1, 1], pointwise }
}

/** What each result is, written out: node by node in the order given, every value as the term that made it. */
export function termsOf({ values, results }: Graph<unknown>, nodes: readonly GraphNode<unknown>[]): string[] {
  const terms = new Map<ValueId, string>()
  const termOf = (id: ValueId): string => {
    const value = values[id] as Value
    if (value.kind === 'input') return value.name
    if (value.kind === 'constant') return `[${value.contents}]`
    const term = terms.get(id)
    if (term === undefined) throw new Error(`Value ${id} is read before it is made.`)
    return term
  }
  for (const { pipeline, writes, reads } of nodes) {
    for (const id of writes) {
      const before = terms.get(id)
      terms.set(id, `${pipeline}(${[...(before === undefined ? [] : [before]), ...reads.map(termOf)].join(', ')})`)
    }
  }
  return results.map(termOf)
}

/** Nodes in the order in which their groups run. */
export function inGroupOrder<P>(
  nodes: readonly GraphNode<P>[],
  groups: readonly (readonly number[])[],
): GraphNode<P>[] {
  return groups.flatMap((members) => members.map((n) => nodes[n] as GraphNode<P>))
}
