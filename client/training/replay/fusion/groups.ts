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
  /** More than that of all it waits for, so that none waits for itself. */
  readonly depth: number
}

/**
 * Groups of nodes, in an order in which they can run; each node is in one. A node joins the group of what it reads, or one of
 * its size beside it, where all else that it waits for is less deep.
 */
export function groupNodes(graph: Graph<unknown>, limits: GroupLimits): number[][] {
  const { nodes } = graph
  const single = madeOnce(graph)
  const isReadOutside = outsideReads(graph)
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
    const depth = 1 + Math.max(0, ...[...before].map((other) => other.depth))
    const group: Group = { nodes: [n], after: before, size, first: n, depth }
    all.push(group)
    groupOf[n] = group
    if (size !== null) bySize.set(size, [...(bySize.get(size) ?? []), group])
  })
  return inOrder(all)

  function homeOf(n: number, size: number, before: ReadonlySet<Group>): Group | null {
    const node = nodes[n] as GraphNode<unknown>
    const producers = [...before].filter((group) => group.size === size && takesInPlace(group, node))
    // What a member makes and this node reads otherwise than in place must be in memory first.
    const latest = (bySize.get(size) ?? []).slice(-CANDIDATES).reverse()
    const beside = size <= SMALL_ELEMENTS ? latest.filter((group) => !before.has(group)) : []
    for (const group of [...producers.toSorted((a, b) => b.depth - a.depth), ...beside]) {
      if (group.nodes.length >= MEMBERS) continue
      if ([...before].some((other) => other !== group && other.depth >= group.depth)) continue
      if (buffersOf([...group.nodes, n]) <= limits.buffers) return group
    }
    return null
  }

  /** Whether the node reads any of what the group makes, and all of it in place. */
  function takesInPlace(group: Group, node: GraphNode<unknown>): boolean {
    const made = new Set(group.nodes.flatMap((m) => nodes[m]?.writes ?? []))
    const taken = [...node.reads.entries()].filter(([, id]) => made.has(id))
    const { pointwise } = node
    return (
      taken.length > 0 &&
      pointwise !== null &&
      taken.every(([input]) => readsInPlace({ pointwise }, input, group.size ?? -1))
    )
  }

  function buffersOf(members: readonly number[]): number {
    const made = new Set(members.flatMap((m) => nodes[m]?.writes ?? []))
    const read = new Set(
      members.flatMap((m) => nodes[m]?.reads ?? []).filter((id) => !made.has(id) && !isInProgram(id)),
    )
    const written = [...made].filter(isReadOutside(members))
    return read.size + written.length
  }

  /** Uniforms, and constants of one element. */
  function isInProgram(id: ValueId): boolean {
    const value = graph.values[id]
    return value?.kind === 'constant' && (value.uniform || (value.bytes === 4 && isFiniteFloat(value.contents)))
  }
}

/** Others cannot be written down in a program. */
function isFiniteFloat(contents: Uint8Array): boolean {
  return Number.isFinite(new DataView(contents.buffer, contents.byteOffset).getFloat32(0, true))
}

/** Stands for whoever reads results. */
const OUTSIDE = -1

/** Of a group of nodes, by index: whether others than they read a value. */
export function outsideReads({ nodes, results, weights }: Graph<unknown>) {
  const readers = new Map<ValueId, number[]>()
  const add = (id: ValueId, reader: number) => {
    const known = readers.get(id)
    if (known) known.push(reader)
    else readers.set(id, [reader])
  }
  nodes.forEach(({ reads }, n) => {
    for (const id of reads) add(id, n)
  })
  for (const id of [...results, ...weights]) add(id, OUTSIDE)
  return (members: readonly number[]) => {
    const inside = new Set(members)
    return (id: ValueId): boolean => (readers.get(id) ?? []).some((reader) => !inside.has(reader))
  }
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

/** Depth first, in the order of their first nodes: what was near stays near. */
function inOrder(groups: readonly Group[]): number[][] {
  const done = new Set<Group>()
  const order: number[][] = []
  const open = groups.toReversed()
  for (let group = open.at(-1); group; group = open.at(-1)) {
    const missing = [...group.after].filter((other) => !done.has(other))
    if (missing.length > 0 && !done.has(group)) {
      open.push(...missing.toSorted((a, b) => b.first - a.first))
      continue
    }
    open.pop()
    if (done.has(group)) continue
    done.add(group)
    order.push(group.nodes)
  }
  return order
}
