/** Which pointwise nodes go into one program. */
import { type Graph, type GraphNode, madeOnce, type ValueId } from '../graph.ts'
import { readsInPlace } from './kernel.ts'

export interface GroupLimits {
  /** Storage buffers that one program may be bound to. */
  readonly buffers: number
}

/** Nodes in a program, at most: compilers take more than linear time. */
const MEMBERS = 48
/** Groups of the same size that are looked at, the latest first. */
const CANDIDATES = 6
/** Neighbours that hand nothing to each other are only joined where a dispatch costs more than what it does. */
const SMALL_ELEMENTS = 1 << 18

interface Group {
  readonly nodes: number[]
  /** What must have run before. */
  readonly after: Set<Group>
  readonly size: number | null
  /** The first of its nodes. */
  readonly first: number
}

/**
 * Groups of nodes, in an order in which they can run; each node is in one. A node joins the group of what it reads, or one of
 * its size beside it, where no group would have to wait for itself.
 */
export function groupNodes(graph: Graph<unknown>, limits: GroupLimits): number[][] {
  const { nodes } = graph
  const single = madeOnce(graph)
  const readers = readersOf(graph)
  const dependencies = dependenciesOf(nodes)
  const groupOf: Group[] = []
  const bySize = new Map<number, Group[]>()
  const all: Group[] = []
  nodes.forEach((node, n) => {
    const before = new Set((dependencies[n] as number[]).map((d) => groupOf[d] as Group))
    const size = node.writes.every((id) => single.has(id)) ? (node.pointwise?.size ?? null) : null
    const home = size === null ? null : homeOf(n, size, before)
    if (home) {
      home.nodes.push(n)
      for (const other of before) if (other !== home) home.after.add(other)
      groupOf[n] = home
      return
    }
    const group: Group = { nodes: [n], after: before, size, first: n }
    all.push(group)
    groupOf[n] = group
    if (size !== null) bySize.set(size, [...(bySize.get(size) ?? []), group])
  })
  return inOrder(all)

  function homeOf(n: number, size: number, before: ReadonlySet<Group>): Group | null {
    const node = nodes[n] as GraphNode<unknown>
    const producers = [...before].filter((group) => group.size === size && handsOver(group, node))
    const beside = size <= SMALL_ELEMENTS ? (bySize.get(size) ?? []).slice(-CANDIDATES).reverse() : []
    for (const group of [...producers.toSorted((a, b) => b.first - a.first), ...beside]) {
      if (group.nodes.length >= MEMBERS) continue
      if ([...before].some((other) => other !== group && dependsOn(other, group))) continue
      // What a member makes and this node reads otherwise than in place must be in memory first.
      if (before.has(group) && !onlyInPlace(group, node)) continue
      if (buffersOf([...group.nodes, n]) <= limits.buffers) return group
    }
    return null
  }

  function handsOver(group: Group, node: GraphNode<unknown>): boolean {
    const made = new Set(group.nodes.flatMap((m) => nodes[m]?.writes ?? []))
    return node.reads.some((id) => made.has(id))
  }

  function onlyInPlace(group: Group, node: GraphNode<unknown>): boolean {
    const made = new Set(group.nodes.flatMap((m) => nodes[m]?.writes ?? []))
    const { pointwise } = node
    return node.reads.every((id, input) => {
      return !made.has(id) || (pointwise !== null && readsInPlace({ pointwise }, input, group.size ?? -1))
    })
  }

  function buffersOf(members: readonly number[]): number {
    const inside = new Set(members)
    const made = new Set(members.flatMap((m) => nodes[m]?.writes ?? []))
    const read = new Set(
      members.flatMap((m) => nodes[m]?.reads ?? []).filter((id) => !made.has(id) && !isInProgram(id)),
    )
    const written = [...made].filter((id) => (readers.get(id) ?? []).some((reader) => !inside.has(reader)))
    return read.size + written.length
  }

  /** Uniforms, and constants of one element. */
  function isInProgram(id: ValueId): boolean {
    const value = graph.values[id]
    return value?.kind === 'constant' && (value.uniform || value.bytes === 4)
  }
}

/** Stands for whoever reads results. */
const OUTSIDE = -1

function readersOf({ nodes, results, weights }: Graph<unknown>): Map<ValueId, number[]> {
  const readers = new Map<ValueId, number[]>()
  const add = (id: ValueId, reader: number) => readers.set(id, [...(readers.get(id) ?? []), reader])
  nodes.forEach(({ reads }, n) => {
    for (const id of reads) add(id, n)
  })
  for (const id of [...results, ...weights]) add(id, OUTSIDE)
  return readers
}

/** Of each node, those that must run before it: who writes what it reads or writes, and who reads what it overwrites. */
function dependenciesOf(nodes: readonly GraphNode<unknown>[]): number[][] {
  const lastWriter = new Map<ValueId, number>()
  const readersSince = new Map<ValueId, number[]>()
  return nodes.map(({ reads, writes }, n) => {
    const before = [...reads, ...writes].flatMap((id) => lastWriter.get(id) ?? [])
    for (const id of writes) before.push(...(readersSince.get(id) ?? []))
    for (const id of reads) readersSince.set(id, [...(readersSince.get(id) ?? []), n])
    for (const id of writes) {
      lastWriter.set(id, n)
      readersSince.set(id, [])
    }
    return before.filter((d) => d !== n)
  })
}

/** Whether `late` must wait for `early`, by whatever way. */
function dependsOn(late: Group, early: Group): boolean {
  const seen = new Set<Group>()
  const open = [late]
  for (let group = open.pop(); group; group = open.pop()) {
    for (const other of group.after) {
      if (other === early) return true
      // Whatever has its last node before the early group's first cannot wait for it.
      if (seen.has(other) || (other.nodes.at(-1) as number) < early.first) continue
      seen.add(other)
      open.push(other)
    }
  }
  return false
}

/** Depth first, in the order of their first nodes. */
function inOrder(groups: readonly Group[]): number[][] {
  const done = new Set<Group>()
  const order: number[][] = []
  const visit = (group: Group) => {
    if (done.has(group)) return
    done.add(group)
    for (const other of [...group.after].toSorted((a, b) => a.first - b.first)) visit(other)
    order.push(group.nodes)
  }
  for (const group of groups) visit(group)
  return order
}
