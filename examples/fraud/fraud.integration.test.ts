import { expect, test } from 'vitest'
import { example } from './example.ts'
import { BANKS, transactionsOf } from './transactions.ts'

test('fraud: about three in a hundred transactions are, and the same ones every time', () => {
  const rows = transactionsOf(7, 0, 5000)
  const share = rows.filter((row) => row.endsWith(',yes')).length / rows.length
  expect(share).toBeGreaterThan(0.02)
  expect(share).toBeLessThan(0.04)
  expect(transactionsOf(7, 0, 5000)).toEqual(rows)
  expect(transactionsOf(7, 1, 5000)).not.toEqual(rows)
})

test('fraud: together the banks find more of it than the median bank alone', async () => {
  const { result } = await example.run({ say: () => {}, small: true, args: [] })
  const { runs } = result as { runs: { who: string; metrics: { auc: number } }[] }
  expect(runs).toHaveLength(BANKS.length + 1)
  const alone = runs.slice(0, -1).map(({ metrics }) => metrics.auc)
  const [, lower = 1, upper = 1] = alone.sort((a, b) => a - b)
  expect(runs.at(-1)?.metrics.auc).toBeGreaterThan((lower + upper) / 2)
})
