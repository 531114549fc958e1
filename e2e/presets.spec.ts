/** Models by name, in a real tab. */
import { expect } from '@playwright/test'
import { latestAccuracy, test } from './coordinator.ts'

test('a tab trains a convolutional model that the job names, and it learns', async ({ page, start }) => {
  const job = { rounds: 3, localEpochs: 3, model: { preset: 'lenet' }, optimizer: { learningRate: 0.05 } } as const
  const coordinator = await start({ job })
  await page.goto(`${coordinator.url}/?auto=1&writer=3&examples=400`)
  const board = await coordinator.until(
    'the end',
    ({ job, versions }) => job.state === 'finished' && versions.every((version) => version.test),
    120_000,
  )
  expect(board.job.parameters).toBe(61_706)
  expect(board.clients[0]?.backend).toBe('wasm')
  const first = board.versions[0]?.test?.metrics.accuracy ?? 1
  expect(first).toBeLessThan(0.4)
  expect(latestAccuracy(board)).toBeGreaterThan(first + 0.3)
})
