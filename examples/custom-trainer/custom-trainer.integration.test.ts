import { expect, test } from 'vitest'
import { example } from './example.ts'

test('custom-trainer: the proximal term holds clients together, and the model still learns', async () => {
  const { result } = await example.run({ say: () => {}, small: true, args: [] })
  const { runs } = result as { runs: { mu: number; accuracies: number[]; drift: number }[] }
  expect(runs.map(({ mu }) => mu)).toEqual([0, 0.1, 1])
  const [free, , held] = runs
  expect(held?.drift).toBeLessThan(0.8 * (free?.drift ?? 0))
  for (const { accuracies } of runs) {
    expect(accuracies).toHaveLength(4)
    expect(accuracies.at(-1)).toBeGreaterThan(0.7)
  }
})
