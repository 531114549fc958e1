import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

const WANTED = new AbortController().signal
/** Lets what is resolved go on. */
const pass = () => new Promise((resolve) => setImmediate(resolve))

function begun(turns: Turns, ...tasks: string[]): string[] {
  const begun: string[] = []
  for (const task of tasks) turns.take(task, () => begun.push(task))
  return begun
}

it('lets as many be worked on as may be, and the next when one is done, in their order', () => {
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

it('keeps nothing waiting that has its turn, and takes what was never taken back without harm', () => {
  const turns = new Turns(1)
  expect(begun(turns, 'a', 'a')).toEqual(['a', 'a'])
  turns.give('b')
  turns.give('a')
  turns.give('a')
  expect(turns.idle).toBe(true)
})

it('answers in the order in which turns came, whoever is done first', async () => {
  const turns = new Turns(3)
  begun(turns, 'a', 'b', 'c', 'd')
  const answered: string[] = []
  const answer = (task: string) => turns.first(task, WANTED).then(() => answered.push(task))
  for (const task of ['c', 'b', 'a']) void answer(task)
  await pass()
  expect(answered).toEqual(['a'])
  turns.give('a')
  await pass()
  expect(answered).toEqual(['a', 'b'])
  // One that ends without an answer holds nobody up.
  turns.give('c')
  turns.give('b')
  void answer('d')
  await pass()
  expect(answered).toEqual(['a', 'b', 'd'])
})

it('lets go of what is not wanted any more', async () => {
  const turns = new Turns(2)
  begun(turns, 'a', 'b')
  const controller = new AbortController()
  const waits = turns.first('b', controller.signal)
  controller.abort()
  await waits
  await turns.first('b', controller.signal)
})
