import { expect, test } from 'vitest'
import { example } from './example.ts'
import { reviewsOf, vocabulary } from './reviews.ts'

test('sentiment: the vocabulary has every word of the reviews, and fits the model', () => {
  const known = new Set(vocabulary())
  const words = reviewsOf(1, 'food', 300).flatMap((line) => (JSON.parse(line) as { text: string }).text.split(' '))
  expect(words.filter((word) => !known.has(word))).toEqual([])
  // The embedding has 96 rows, one of them for what is unknown.
  expect(known.size).toBeLessThan(96)
})

test('sentiment: together the shops know one another’s words', async () => {
  const { result } = await example.run({ say: () => {}, small: true, args: [] })
  const { runs } = result as { runs: { who: string; metrics: { accuracy: number } }[] }
  const together = runs.at(-1)?.metrics.accuracy ?? 0
  for (const { metrics } of runs.slice(0, -1)) expect(together).toBeGreaterThan(metrics.accuracy)
})
