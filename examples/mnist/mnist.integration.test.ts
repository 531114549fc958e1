import { expect, test } from 'vitest'
import { example } from './example.ts'

test('mnist: the same digits, divided in three ways', async () => {
  const { result } = await example.run({ say: () => {}, small: true, args: [] })
  const { runs } = result as { runs: { partition: string; rounds: { metrics: { accuracy: number } }[] }[] }
  expect(runs.map(({ partition }) => partition)).toEqual(['iid', 'dirichlet:0.3', 'shards:2'])
  const accuracies = runs.map(({ rounds }) => rounds.at(-1)?.metrics.accuracy ?? 0)
  expect(accuracies[0]).toBeGreaterThan(0.3)
  expect(accuracies[0]).toBeGreaterThan(accuracies[2] as number)
})
