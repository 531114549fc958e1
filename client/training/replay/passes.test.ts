import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareGraphs } from './graph.ts'
import { deduplicate, hoist, prune, shorten } from './passes.ts'
import { constant, type GraphSketch, graphFrom, input, type Sketch, termsOf } from './testing.ts'

const names = (nodes: readonly { readonly pipeline: string }[]) => nodes.map(({ pipeline }) => pipeline)

describe('what nobody reads', () => {
  it('is not computed, nor what only that needs', () => {
    const graph = graphFrom({
      given: { 0: input('x') },
      nodes: [
        { program: 'used', writes: 1, reads: [0] },
        { program: 'for nothing', writes: 2, reads: [0] },
        { program: 'of that', writes: 3, reads: [2] },
      ],
      results: [1],
    })
    expect(names(prune(graph).nodes)).toEqual(['used'])
  })

  it('is kept where several programs write to one result', () => {
    const graph = graphFrom({
      given: { 0: input('x') },
      nodes: [
        { program: 'zero', writes: 1, reads: [] },
        { program: 'add up', writes: 1, reads: [0] },
      ],
      results: [1],
    })
    expect(names(prune(graph).nodes)).toEqual(['zero', 'add up'])
  })
})

describe('what is computed twice', () => {
  const twice: GraphSketch = {
    given: { 0: input('x') },
    nodes: [
      { program: 'f', writes: 1, reads: [0] },
      { program: 'f', writes: 2, reads: [0] },
      { program: 'g', writes: 3, reads: [1, 2] },
    ],
    results: [3],
  }

  it('is computed once', () => {
    const { nodes } = deduplicate(graphFrom(twice))
    expect(nodes.map(({ pipeline, reads }) => [pipeline, reads])).toEqual([
      ['f', [0]],
      ['g', [1, 1]],
    ])
  })

  it('is computed twice where something is added to one of them', () => {
    const nodes: Sketch[] = [
      ...twice.nodes.slice(0, 2),
      { program: 'add to', writes: 2, reads: [0] },
      ...twice.nodes.slice(2),
    ]
    expect(deduplicate(graphFrom({ ...twice, nodes })).nodes).toHaveLength(4)
  })

  it('results of both are the one’s', () => {
    expect(deduplicate(graphFrom({ ...twice, results: [1, 2] })).results).toEqual([1, 1])
  })
})

describe('what depends on constants alone', () => {
  it('is run once', () => {
    const { once, nodes } = hoist(
      graphFrom({
        given: { 0: input('x'), 1: constant(1), 2: constant(2, 3) },
        nodes: [
          { program: 'fixed', writes: 3, reads: [1, 2] },
          { program: 'fixed too', writes: 4, reads: [3] },
          { program: 'of the batch', writes: 5, reads: [0, 4] },
        ],
        results: [5],
      }),
    )
    expect([names(once), names(nodes)]).toEqual([['fixed', 'fixed too'], ['of the batch']])
  })

  it('is run in each step where something is added to it', () => {
    const { once } = hoist(
      graphFrom({
        given: { 0: input('x') },
        nodes: [
          { program: 'zero', writes: 1, reads: [] },
          { program: 'add up', writes: 1, reads: [0] },
        ],
        results: [1],
      }),
    )
    expect(once).toEqual([])
  })
})

/** Inputs 0 and 1, a constant 2, then nodes in order, of which some write to what another one made. */
const sketches = fc
  .array(
    fc.record({
      program: fc.constantFrom('f', 'g', 'h'),
      reads: fc.array(fc.nat(), { maxLength: 3 }),
      again: fc.nat(12),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((drawn): GraphSketch => {
    const nodes: Sketch[] = []
    drawn.forEach(({ program, reads, again }, n) => {
      const writes = again === 0 && n > 0 ? (nodes[n - 1] as Sketch).writes : n + 3
      const made = [0, 1, 2, ...nodes.map((node) => node.writes)].filter((id) => id !== writes)
      nodes.push({ program, writes, reads: reads.map((r) => made[r % made.length] as number) })
    })
    const results = nodes.slice(-3).map(({ writes }) => writes)
    return { given: { 0: input('x'), 1: input('y'), 2: constant(7) }, nodes, results }
  })

it('all together change nothing of what comes out', () => {
  void fc.assert(
    fc.property(sketches, (sketch) => {
      const graph = graphFrom(sketch)
      const short = shorten(graph)
      expect(termsOf(short, [...short.once, ...short.nodes])).toEqual(termsOf(graph, graph.nodes))
    }),
  )
})

describe('two recordings', () => {
  const one: GraphSketch = {
    given: { 0: input('x'), 1: constant(0.5) },
    nodes: [{ program: 'f', writes: 2, reads: [0, 1] }],
    results: [2],
  }

  it('agree where they are alike', () => {
    expect(() => compareGraphs(graphFrom(one), graphFrom(one))).not.toThrow()
  })

  it.each<[string, GraphSketch]>([
    ['another constant', { ...one, given: { ...one.given, 1: constant(0.25) } }],
    ['another program', { ...one, nodes: [{ program: 'g', writes: 2, reads: [0, 1] }] }],
    ['another order of inputs', { ...one, nodes: [{ program: 'f', writes: 2, reads: [1, 0] }] }],
    ['one node more', { ...one, nodes: [...one.nodes, { program: 'f', writes: 3, reads: [2] }] }],
  ])('do not agree with %s', (_, other) => {
    expect(() => compareGraphs(graphFrom(one), graphFrom(other))).toThrow('differ')
  })
})
