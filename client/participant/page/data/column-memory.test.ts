import { expect, it } from 'vitest'
import { recallMapping, rememberMapping } from './column-memory.ts'

function storage() {
  const kept = new Map<string, string>()
  return () =>
    ({ getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => kept.set(k, v) }) as never
}
const QUESTION = { file: 'a.csv', lacking: ['amount', 'fraud'], found: ['Betrag', 'Betrug', 'id'] }
const ANSWER = { amount: 'Betrag', fraud: 'Betrug' }

it('answers what was answered for a table with the same columns, in whatever order, and no other', () => {
  const kept = storage()
  expect(recallMapping(QUESTION, kept)).toBeNull()
  rememberMapping(QUESTION, ANSWER, kept)
  expect(recallMapping({ ...QUESTION, file: 'b.csv', found: ['id', 'Betrug', 'Betrag'] }, kept)).toEqual(ANSWER)
  expect(recallMapping({ ...QUESTION, found: ['Betrag', 'Betrug'] }, kept)).toBeNull()
})

it('does not answer with what is no answer, and keeps the latest only', () => {
  const kept = storage()
  for (const wrong of [{ amount: 'Betrag' }, { amount: 'id', fraud: 'id' }, { amount: 'Betrag', fraud: 'gone' }]) {
    rememberMapping(QUESTION, wrong as never, kept)
    expect(recallMapping(QUESTION, kept)).toBeNull()
  }
  rememberMapping(QUESTION, ANSWER, kept)
  for (let i = 0; i < 50; i++) rememberMapping({ ...QUESTION, lacking: [`c${i}`] }, {}, kept)
  expect(recallMapping(QUESTION, kept)).toBeNull()
})
