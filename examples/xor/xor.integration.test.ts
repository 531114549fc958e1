import { expect, test } from 'vitest'
import { example } from './example.ts'

test('xor: all four clients end with a model that knows all four rows', async () => {
  const { result } = await example.run({ say: () => {}, small: true, args: [] })
  const { right, answers } = result as { right: number; answers: number[][] }
  expect(right).toBe(4)
  for (const own of answers) expect(own).toEqual(answers[0])
})
