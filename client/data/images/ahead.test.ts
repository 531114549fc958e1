import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { ahead, Budget } from './ahead.ts'

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

it('gives everything in its order, with so many begun at a time, and hands on what is thrown', async () => {
  let [now, most] = [0, 0]
  const work = async (item: number) => {
    most = Math.max(most, ++now)
    await pause((item * 7) % 5)
    now--
    if (item % 4 === 3) throw new Error(`no ${item}`)
    return item * 2
  }
  const items = Array.from({ length: 20 }, (_, i) => i)
  const seen = []
  for await (const [item, outcome] of ahead(items, 3, work))
    seen.push([item, 'value' in outcome ? outcome.value : null])
  expect(seen).toEqual(items.map((item) => [item, item % 4 === 3 ? null : item * 2]))
  expect(most).toBe(3)
})

it('goes on with nothing begun that nobody hears of, where one stops in the middle', async () => {
  for await (const [item] of ahead([1, 2, 3, 4], 4, async () => Promise.reject(new Error('no')))) if (item === 2) break
  await pause(5)
})

it('holds no more at a time than there is, unless one alone is more, and forgets nobody', async () => {
  const amounts = fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(amounts, async (all) => {
      const budget = new Budget(10)
      let [held, holders] = [0, 0]
      const done = await Promise.all(
        all.map((amount, i) =>
          budget.spend(amount, async () => {
            held += amount
            holders++
            expect(held <= 10 || holders === 1).toBe(true)
            await pause(i % 2)
            held -= amount
            holders--
            return i
          }),
        ),
      )
      expect(done).toEqual(all.map((_, i) => i))
    }),
    { numRuns: 30 },
  )
})

it('lets others in where one fails', async () => {
  const budget = new Budget(1)
  const failed = budget.spend(1, () => Promise.reject(new Error('no'))).catch(() => 'failed')
  expect(await Promise.all([failed, budget.spend(1, async () => 'done')])).toEqual(['failed', 'done'])
})
