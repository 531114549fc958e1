import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constant, type GraphSketch, graphFrom, inGroupOrder, input, type Sketch, termsOf } from '../testing.ts'
import { groupNodes } from './groups.ts'

const LIMITS = { buffers: 8 }

const groupsOf = (sketch: GraphSketch, limits = LIMITS) => {
  const graph = graphFrom(sketch)
  return groupNodes(graph, limits).map((members) => members.map((n) => graph.nodes[n]?.pipeline))
}

describe('pointwise nodes', () => {
  it('of a chain become one program', () => {
    const chain: GraphSketch = {
      given: { 0: input('x'), 1: constant(2) },
      nodes: [
        { program: 'a', writes: 2, reads: [0, 1], size: 16 },
        { program: 'b', writes: 3, reads: [2], size: 16 },
        { program: 'c', writes: 4, reads: [3, 2], size: 16 },
      ],
      results: [4],
    }
    expect(groupsOf(chain)).toEqual([['a', 'b', 'c']])
  })

  it('that read elsewhere than in place wait for memory', () => {
    const turned: GraphSketch = {
      given: { 0: input('x') },
      nodes: [
        { program: 'a', writes: 1, reads: [0], size: 16 },
        { program: 'turned', writes: 2, reads: [1], size: 16, elsewhere: [0] },
      ],
      results: [2],
    }
    expect(groupsOf(turned)).toEqual([['a'], ['turned']])
  })

  it('do not join where a group would wait for itself', () => {
    const around: GraphSketch = {
      given: { 0: input('x') },
      nodes: [
        { program: 'a', writes: 1, reads: [0], size: 16 },
        { program: 'sum', writes: 2, reads: [1] },
        { program: 'b', writes: 3, reads: [1, 2], size: 16 },
      ],
      results: [3],
    }
    expect(groupsOf(around)).toEqual([['a'], ['sum'], ['b']])
  })

  it('join no group that by detours waits for them', () => {
    const detour: GraphSketch = {
      given: { 0: input('x') },
      nodes: [
        { program: 'n0', writes: 1, reads: [0], size: 100 },
        { program: 'n1', writes: 2, reads: [1] },
        { program: 'n2', writes: 3, reads: [0], size: 200 },
        { program: 'n3', writes: 4, reads: [3] },
        { program: 'n4', writes: 5, reads: [4], size: 100, elsewhere: [0] },
        { program: 'n5', writes: 6, reads: [5] },
        { program: 'n6', writes: 7, reads: [2], size: 200 },
      ],
      results: [6, 7],
    }
    const graph = graphFrom(detour)
    const groups = groupNodes(graph, { buffers: 4 })
    expect(termsOf(graph, inGroupOrder(graph.nodes, groups))).toEqual(termsOf(graph, graph.nodes))
  })

  it('of one size join beside each other, of two sizes not', () => {
    const beside: GraphSketch = {
      given: { 0: input('x'), 1: input('y') },
      nodes: [
        { program: 'a', writes: 2, reads: [0], size: 16 },
        { program: 'b', writes: 3, reads: [1], size: 16 },
        { program: 'c', writes: 4, reads: [1], size: 32 },
      ],
      results: [2, 3, 4],
    }
    expect(groupsOf(beside)).toEqual([['a', 'b'], ['c']])
  })

  it('are no more than may be bound', () => {
    const many: GraphSketch = {
      given: { 0: input('x') },
      nodes: Array.from({ length: 6 }, (_, n) => ({ program: `n${n}`, writes: n + 1, reads: [0], size: 16 })),
      results: [1, 2, 3, 4, 5, 6],
    }
    expect(groupsOf(many, { buffers: 4 })).toEqual([
      ['n0', 'n1', 'n2'],
      ['n3', 'n4', 'n5'],
    ])
  })

  it('that are written to again stay alone', () => {
    const sums: GraphSketch = {
      given: { 0: input('x') },
      nodes: [
        { program: 'zero', writes: 1, reads: [], size: 16 },
        { program: 'add up', writes: 1, reads: [0] },
        { program: 'after', writes: 2, reads: [1], size: 16 },
      ],
      results: [2],
    }
    expect(groupsOf(sums)).toEqual([['zero'], ['add up'], ['after']])
  })
})

const sketches = fc
  .array(
    fc.record({
      reads: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
      size: fc.constantFrom(16, 16, 16, 32, undefined),
      elsewhere: fc.boolean(),
      again: fc.nat(15),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((drawn): GraphSketch => {
    const nodes: Sketch[] = []
    drawn.forEach(({ reads, size, elsewhere, again }, n) => {
      const writes = again === 0 && n > 0 ? (nodes[n - 1] as Sketch).writes : n + 2
      const made = [0, 1, ...nodes.map((node) => node.writes)].filter((id) => id !== writes)
      const sketch = { program: `n${n}`, writes, reads: reads.map((r) => made[r % made.length] as number) }
      nodes.push(size === undefined ? sketch : { ...sketch, size, elsewhere: elsewhere ? [0] : [] })
    })
    return { given: { 0: input('x'), 1: input('y') }, nodes, results: nodes.map(({ writes }) => writes).slice(-4) }
  })

it('whatever the graph: groups run in an order that computes the same, and none exceeds its limits', () => {
  void fc.assert(
    fc.property(sketches, fc.integer({ min: 3, max: 8 }), (sketch, buffers) => {
      const graph = graphFrom(sketch)
      const groups = groupNodes(graph, { buffers })
      expect(groups.flat().toSorted((a, b) => a - b)).toEqual(graph.nodes.map((_, n) => n))
      expect(termsOf(graph, inGroupOrder(graph.nodes, groups))).toEqual(termsOf(graph, graph.nodes))
      for (const members of groups.filter(({ length }) => length > 1)) {
        const own = members.map((n) => graph.nodes[n])
        expect(new Set(own.map((node) => node?.pointwise?.size)).size).toBe(1)
      }
    }),
    { numRuns: 2000 },
  )
})
