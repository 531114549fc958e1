import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { Digest, digestOf, digestOfText } from './digest.ts'

it('is sha256, however the bytes are cut', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff)
  const expected = createHash('sha256').update(bytes).digest('hex')
  expect(digestOf([bytes])).toBe(expected)
  expect(digestOf([bytes.subarray(0, 1), new Uint8Array(0), bytes.subarray(1)])).toBe(expected)
  expect(new Digest().update(bytes.subarray(0, 64)).update(bytes.subarray(64)).hex()).toBe(expected)
  expect(digestOf([])).toBe(createHash('sha256').digest('hex'))
})

it('takes text as UTF-8', () => {
  expect(digestOfText('Maß „1“')).toBe(createHash('sha256').update('Maß „1“', 'utf8').digest('hex'))
})
