import type { GraphNode, Value, ValueId } from '../graph.ts'
import type { Scheduled } from '../passes.ts'
import { type GroupLimits, groupNodes, outsideReads } from './groups.ts'
import { FUSED_THREADS, kernelOf, type Member } from './kernel.ts'
import type { ElementType } from './program-note.ts'

/** A program that is yet to be compiled. */
export class FusedProgram {
  readonly code: string

  constructor(code: string) {
    this.code = code
  }
}

export interface FusionLimits extends GroupLimits {
  readonly workgroups: (elements: number, threads: number) => [number, number, number]
}

/** Joins nodes that compute element by element, so that one program runs for many. */
export function fuse<P>(graph: Scheduled<P>, limits: FusionLimits): Scheduled<P | FusedProgram> {
  const groups = groupNodes(graph, limits)
  const isReadOutside = outsideReads(graph)
  const nodes = groups.map((members): GraphNode<P | FusedProgram> => {
    const own = members.map((n) => graph.nodes[n] as GraphNode<P>)
    const [first] = own as [GraphNode<P>]
    if (own.length === 1 || !first.pointwise) return first
    const kernel = kernelOf(own.map(memberOf), isReadOutside(members), (id, type) => scalarOf(graph.values[id], type))
    return {
      pipeline: new FusedProgram(kernel.code),
      writes: kernel.writes,
      reads: kernel.reads,
      workgroups: limits.workgroups(first.pointwise.size, FUSED_THREADS),
      pointwise: null,
    }
  })
  return { ...graph, nodes }
}

function memberOf({ writes, reads, pointwise }: GraphNode<unknown>): Member {
  const [out] = writes as [ValueId]
  // Its own uniforms come last, and are in the expression.
  const inputs = pointwise?.reads.length ?? 0
  return { out, reads: reads.slice(0, inputs), pointwise: pointwise as Member['pointwise'] }
}

function scalarOf(value: Value | undefined, type: ElementType): number | null {
  if (value?.kind !== 'constant' || value.bytes !== 4) return null
  const view = new DataView(value.contents.buffer, value.contents.byteOffset)
  return type === 'float32' ? view.getFloat32(0, true) : view.getInt32(0, true)
}
