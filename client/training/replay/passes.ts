/** Makes a recorded step shorter without changing what it computes. Each node writes one value. */
import { type Graph, type GraphNode, madeOnce, type ValueId } from './graph.ts'

/** A larger value is rather computed again in every step than held for good. */
const HELD_BYTES = 1 << 20

/** Without what nobody reads. */
export function prune<P>(graph: Graph<P>): Graph<P> {
  const needed = new Set<ValueId>([...graph.results, ...graph.weights])
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.writes.some((id) => needed.has(id))) return false
    for (const id of node.reads) needed.add(id)
    return true
  })
  return { ...graph, nodes: nodes.reverse() }
}

/** What is computed twice of the same is computed once. */
export function deduplicate<P>(graph: Graph<P>): Graph<P> {
  const once = madeOnce(graph)
  const pipelines = new Map<P, number>()
  const same = new Map<ValueId, ValueId>()
  const now = (id: ValueId): ValueId => same.get(id) ?? id
  const made = new Map<string, ValueId>()
  const nodes: GraphNode<P>[] = []
  for (const node of graph.nodes) {
    const [out] = node.writes as [ValueId]
    const from = node.reads.map(now)
    const pipeline = pipelines.get(node.pipeline) ?? pipelines.size
    pipelines.set(node.pipeline, pipeline)
    const key = `${pipeline}|${node.workgroups}|${graph.values[out]?.bytes}|${from}`
    const settled = once.has(out) && from.every((id) => graph.values[id]?.kind !== 'temporary' || once.has(id))
    const before = settled ? made.get(key) : undefined
    if (before !== undefined) {
      same.set(out, before)
      continue
    }
    if (settled) made.set(key, out)
    nodes.push({ ...node, reads: from })
  }
  return { ...graph, nodes, results: graph.results.map(now), weights: graph.weights.map(now) }
}

export interface Scheduled<P> extends Graph<P> {
  /** What depends on nothing but constants: run once, before the first step. `nodes` are those of every step. */
  readonly once: readonly GraphNode<P>[]
}

/** Takes out of the step what comes out the same in each. */
export function hoist<P>(graph: Graph<P>): Scheduled<P> {
  const single = madeOnce(graph)
  const fixed = new Set<ValueId>()
  const isFixed = (id: ValueId) => graph.values[id]?.kind === 'constant' || fixed.has(id)
  const once = graph.nodes.filter((node) => {
    const [out] = node.writes as [ValueId]
    const small = (graph.values[out]?.bytes ?? 0) <= HELD_BYTES
    if (!small || !single.has(out) || !node.reads.every(isFixed)) return false
    fixed.add(out)
    return true
  })
  const taken = new Set(once)
  return { ...graph, once, nodes: graph.nodes.filter((node) => !taken.has(node)) }
}

export function shorten<P>(graph: Graph<P>): Scheduled<P> {
  return hoist(prune(deduplicate(graph)))
}
