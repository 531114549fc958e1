import { expect, test } from 'vitest'
import { example } from './example.ts'
import { rolesOf, splitRoles } from './roles.ts'

const PLAY = 'Ada:\nOne.\nTwo.\n\nBen:\nThree.\n\nAda:\nFour.\n'

test('shakespeare: a role has all of its lines, and a play without speeches is refused in words', () => {
  expect(rolesOf(PLAY, 'play.txt')).toEqual([
    { role: 'Ada', text: 'One.\nTwo.\nFour.\n' },
    { role: 'Ben', text: 'Three.\n' },
  ])
  expect(() => rolesOf('To be or not to be', 'play.txt')).toThrow(/play\.txt has no speeches: each is a line/)
  const { train, test: held } = splitRoles(rolesOf(PLAY, 'play.txt'), 1, 0.5)
  expect(train.map(({ role }) => role)).toEqual(['Ada'])
  expect((train[0]?.text ?? '') + (held[0]?.text ?? '')).toBe('One.\nTwo.\nFour.\n')
})

test('shakespeare: every role is a client, and the next character becomes less of a surprise', async () => {
  const { result } = await example.run({ say: () => {}, small: true, args: [] })
  const { clients, rounds } = result as { clients: number; rounds: { loss: number }[] }
  expect(clients).toBe(3)
  expect(rounds).toHaveLength(3)
  expect(rounds[2]?.loss).toBeLessThan(rounds[0]?.loss ?? 0)
})
