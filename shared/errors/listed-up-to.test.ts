import { expect, it } from 'vitest'
import { listedUpTo } from './listed-up-to.ts'

it.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a, b'],
  [['a', 'b', 'c'], 'a, b and 1 more'],
  [['a', 'b', 'c', 'd'], 'a, b and 2 more'],
])('of %j two are listed as "%s"', (names, text) => {
  expect(listedUpTo(names, 2)).toBe(text)
})
