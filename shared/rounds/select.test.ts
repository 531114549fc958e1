import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planSelection } from './select.ts'
import { CONFIG, crowd, Story } from './testing.ts'

describe('R1: how many are selected', () => {
  it.each([
    // clientsPerRound, overSelection, available → selected, target
    [null, 1, 7, 7, 7],
    [null, 2, 7, 7, 4],
    [null, 10, 7, 7, 2],
    [4, 1, 10, 4, 4],
    [4, 1.3, 10, 6, 4],
    [4, 1.3, 5, 5, 4],
    [4, 1.3, 3, 3, 3],
    [10, 1.1, 100, 11, 10],
    [100, 1.1, 1000, 110, 100],
  ])(
    'clientsPerRound %s × %s of %i available: %i selected, %i wanted',
    (clientsPerRound, overSelection, available, selected, target) => {
      expect(planSelection({ ...CONFIG, clientsPerRound, overSelection }, available)).toEqual({ selected, target })
    },
  )

  it('never wants more than it selects, nor fewer than the minimum', () => {
    const sizes = fc.integer({ min: 1, max: 200 })
    fc.assert(
      fc.property(
        fc.option(sizes),
        fc.double({ min: 1, max: 10, noNaN: true }),
        sizes,
        sizes,
        (wanted, factor, min, more) => {
          const clientsPerRound = wanted === null ? null : Math.max(wanted, min)
          const available = min + more
          const plan = planSelection({ ...CONFIG, clientsPerRound, overSelection: factor, minClients: min }, available)
          expect(plan.target).toBeLessThanOrEqual(plan.selected)
          expect(plan.selected).toBeLessThanOrEqual(available)
          expect(plan.target).toBeGreaterThanOrEqual(min)
        },
      ),
    )
  })
})

describe('R1: who is selected', () => {
  const select = (ids: readonly string[], seed: number, attempt = 1): string[] => {
    const story = new Story({ clientsPerRound: 5, seed }, { lastAttempt: attempt - 1 })
    return story.startWith(...ids).tasks.map((t) => t.clientId)
  }

  it('R1: is a function of the seed and of who is there, not of the order in which they came', () => {
    const ids = crowd(30)
    const expected = select(ids, 7)
    expect(expected).toHaveLength(5)
    fc.assert(
      fc.property(fc.shuffledSubarray(ids, { minLength: ids.length }), (order) => {
        expect(select(order, 7)).toEqual(expected)
      }),
    )
  })

  it('R1: differs from seed to seed and from attempt to attempt', () => {
    expect(select(crowd(30), 8)).not.toEqual(select(crowd(30), 7))
    expect(select(crowd(30), 7, 2)).not.toEqual(select(crowd(30), 7, 1))
  })

  it('R1: gives everybody a fair share over many rounds', () => {
    const counts = new Map(crowd(20).map((id) => [id, 0]))
    for (let seed = 0; seed < 400; seed++) {
      for (const id of select(crowd(20), seed)) counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    // Binomial(400, ¼): mean 100, standard deviation 8.7; the bounds are five of them away.
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(44)
  })
})

describe('R1: least recent first', () => {
  /** Everybody selected answers; returns whom each round took. */
  const rounds = (sampler: 'uniform' | 'least-recent', count: number, clients: readonly string[]): string[][] => {
    const story = new Story({ clientsPerRound: 3, sampler, seed: 5 }, { rounds: count })
    story.startWith(...clients)
    return Array.from({ length: count }, () => {
      const taken = story.selected()
      for (const id of taken) story.answer(id)
      story.committed()
      return taken.toSorted()
    })
  }

  it('R1: takes everybody once before it takes anybody twice', () => {
    const taken = rounds('least-recent', 8, crowd(12))
    for (const cycle of [taken.slice(0, 4), taken.slice(4)]) expect(cycle.flat().sort()).toEqual(crowd(12))
    // At first it is chance that decides; then those who contributed together come together.
    expect(taken[0]).not.toEqual(crowd(3))
    expect(taken.slice(4)).toEqual(taken.slice(0, 4))
  })

  it('R1: chance alone does not', () => {
    const first = rounds('uniform', 4, crowd(12)).flat()
    expect(new Set(first).size).toBeLessThan(12)
  })

  it('R1: a newcomer comes before those who have contributed, a client that was cut off before either', () => {
    const config = { clientsPerRound: 2, overSelection: 1.5, minClients: 1, sampler: 'least-recent' } as const
    const story = new Story(config, { rounds: 9 })
    story.startWith(...crowd(3))
    const [a, b, late] = story.selected() as [string, string, string]
    story.answer(a)
    story.join('new')
    story.answer(b)
    story.committed()
    expect(story.selected().slice(0, 2)).toEqual([late, 'new'])
  })

  it('R1: only what was committed is a contribution: whoever answered an abandoned attempt has not contributed', () => {
    const story = new Story({ clientsPerRound: 2, minClients: 2, sampler: 'least-recent' }, { rounds: 9 })
    story.startWith(...crowd(2))
    story.answer('c01')
    story.deadline()
    expect(story.state.contributed.size).toBe(0)
    story.answer('c01')
    story.answer('c02')
    story.join('c03')
    story.join('c04')
    story.committed()
    expect(story.selected().toSorted()).toEqual(['c03', 'c04'])
  })

  it('R1: remembers whoever left and comes back under its id', () => {
    const story = new Story({ clientsPerRound: 1, minClients: 1, sampler: 'least-recent' }, { rounds: 9 })
    story.startWith('a')
    story.answer('a')
    story.gone('a')
    story.committed()
    story.join('a', false)
    story.join('b', false)
    story.on({ type: 'pause' })
    for (const clientId of ['a', 'b']) story.on({ type: 'client-available', clientId, available: true })
    story.on({ type: 'resume' })
    expect(story.selected()).toEqual(['b'])
  })

  it('R1, R8: goes on after a restart where it was', () => {
    const past = {
      open: null,
      awaited: [],
      priority: ['d'],
      contributed: [
        ['a', 3],
        ['b', 4],
      ] as const,
    }
    const story = new Story(
      { clientsPerRound: 3, sampler: 'least-recent' },
      { rounds: 9, committed: 4, lastAttempt: 6, control: 'hold', past },
    )
    expect(story.startWith('a', 'b', 'c', 'd').tasks.map((t) => t.taskId)).toEqual(['job/7/d', 'job/7/c', 'job/7/a'])
  })
})
