import { expect, it } from 'vitest'
import { createCaptures, missing } from './captured.ts'

it('keeps examples by class, and takes the last one back', () => {
  const captures = createCaptures()
  for (const label of [0, 2, 2]) captures.add(new Uint8Array(4), label)
  expect(captures.counts(3)).toEqual([1, 0, 2])
  captures.undo()
  expect(captures.counts(3)).toEqual([1, 0, 1])
})

it('says what is missing until there are some of two classes', () => {
  const captures = createCaptures()
  for (let i = 0; i < 5; i++) captures.add(new Uint8Array(1), 0)
  expect(missing(captures.all.value)).toContain('two classes')
  captures.add(new Uint8Array(1), 1)
  expect(missing(captures.all.value)).toBe('')
})
