import { expect, it } from 'vitest'
import { createGuesser } from './guess.ts'

const picture = new Uint8Array(4)

it('shows the answer to the last question, whichever comes first', async () => {
  const answers: ((value: number[]) => void)[] = []
  const guesser = createGuesser(() => new Promise((resolve) => answers.push(resolve)))
  const first = guesser.ask(picture, 1)
  const second = guesser.ask(picture, 2)
  answers[1]?.([0, 1])
  await second
  answers[0]?.([1, 0])
  await first
  expect(guesser.guess.value).toMatchObject({ status: 'answered', probabilities: [0, 1], version: 2 })
})

it('forgets an answer that is still on its way when the pad is cleared', async () => {
  const guesser = createGuesser(async () => [1])
  const asked = guesser.ask(picture, 1)
  guesser.forget()
  await asked
  expect(guesser.guess.value.status).toBe('none')
})

it('keeps the sentence of a failure', async () => {
  const guesser = createGuesser(async () => {
    throw new Error('The model could not be loaded.')
  })
  await guesser.ask(picture, 1)
  expect(guesser.guess.value).toMatchObject({ status: 'failed', error: { code: 'internal' } })
})
