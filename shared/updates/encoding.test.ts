import { expect, it } from 'vitest'
import { ENCODINGS } from '../protocol/participant.ts'
import { ENCODING } from './encoding.ts'

it('every encoding of the protocol says how many bytes it takes', () => {
  expect(ENCODINGS.map((name) => [ENCODING[name].name, ENCODING[name].bytes(25_450)])).toEqual([
    ['none', 0],
    ['f32', 101_800],
  ])
})
