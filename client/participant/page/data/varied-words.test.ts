import { expect, it } from 'vitest'
import { variedWords } from './varied-words.ts'

it('says what training does to pictures, and nothing where it does nothing', () => {
  expect(variedWords([])).toBe('')
  expect(variedWords([{ kind: 'flip' }])).toBe(
    'Training sees each picture a little otherwise every time: mirrored or not.',
  )
  expect(
    variedWords([
      { kind: 'flip' },
      { kind: 'shift', pixels: 4 },
      { kind: 'rotate', degrees: 7.5 },
      { kind: 'brightness', by: 0.2 },
    ]),
  ).toMatch(/: mirrored or not, moved by up to 4 pixels, turned by up to 7.5° and lighter or darker by up to 20\s?%\.$/)
})
