import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

function begun(turns: Turns, ...clients: string[]): string[] {
  const begun: string[] = []
  for (const client of clients) turns.take(client, () => begun.push(client))
  return begun
}

it('lets as many work as it may, and the next when one is done, in their order', () => {
  const turns = new Turns(2)
  expect(turns.idle).toBe(true)
  const seen = begun(turns, 'a', 'b', 'c', 'd')
  expect(seen).toEqual(['a', 'b'])
  turns.give('b')
  expect(seen).toEqual(['a', 'b', 'c'])
  turns.drop('d')
  turns.give('a')
  turns.give('c')
  expect(seen).toEqual(['a', 'b', 'c'])
  expect(turns.idle).toBe(true)
})

it('keeps nobody waiting who works already, and takes what was never taken back without harm', () => {
  const turns = new Turns(1)
  expect(begun(turns, 'a', 'a')).toEqual(['a', 'a'])
  turns.give('b')
  turns.give('a')
  turns.give('a')
  expect(turns.idle).toBe(true)
})
