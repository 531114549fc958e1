import { expect, test } from 'vitest'
import { example } from './example.ts'

test('hello-numbers: every client ends with the weighted mean of what all have added', async () => {
  const { result, rows } = await example.run({ say: () => {}, small: true, args: [] })
  const { lists, rounds } = result as { lists: number[][]; rounds: number }
  expect(lists).toHaveLength(3)
  for (const list of lists) {
    list.forEach((value, i) => {
      // (n + 10 n − 8) / 4 a tenth at a time, n being 1 to 5.
      expect(Math.abs(value - (rounds * (11 * (i + 1) - 8)) / 40)).toBeLessThan(1e-5)
    })
  }
  expect(rows).toHaveLength(4)
})
