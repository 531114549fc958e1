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
