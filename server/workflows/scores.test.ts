import { expect, it } from 'vitest'
import { ClientScores } from './scores.ts'

it('averages each number over the examples that it was measured on', () => {
  const scores = new ClientScores(['auc', 'perplexity'])
  scores.add({ validation_loss: 1, validation_auc: 0.5, validation_perplexity: 3, validation_examples: 10 }, 10)
  // Examples of one class say nothing of AUC.
  scores.add({ validation_loss: 2, validation_perplexity: 7, validation_examples: 30 }, 30)
  expect(scores.result()).toEqual({ loss: 1.75, metrics: { auc: 0.5, perplexity: 6 }, examples: 40 })
})

it('knows nothing before the first, and of metrics that nobody gave', () => {
  const scores = new ClientScores(['accuracy'])
  expect(scores.result()).toBeNull()
  scores.add({ validation_loss: 1, validation_f1: 0.5, validation_examples: 1 }, 1)
  expect(scores.result()).toEqual({ loss: 1, metrics: {}, examples: 1 })
})

it.each([
  ['more examples than there are', { validation_examples: 11 }],
  ['no examples', { validation_examples: 0 }],
  ['a negative loss', { validation_loss: -1 }],
  ['a loss that is no number', { validation_loss: Number.NaN }],
  ['a share above 1', { validation_accuracy: 1.5 }],
  ['a share that is no number', { validation_accuracy: Number.NaN }],
  ['a negative error', { validation_mae: -1 }],
])('leaves out a client with %s', (_, change) => {
  const scores = new ClientScores(['accuracy', 'mae'])
  const plausible = { validation_loss: 1, validation_accuracy: 0.5, validation_mae: 2, validation_examples: 10 }
  scores.add({ ...plausible, ...change }, 10)
  expect(scores.result()).toBeNull()
})
