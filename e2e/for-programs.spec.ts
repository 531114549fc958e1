/** A job whose examples only programs know: the page shows it, and leaves the training to them. */
import { expect } from '@playwright/test'
import { Client, FLModel } from '../client/api/index.ts'
import { test } from './coordinator.ts'

const JOB = {
  name: 'Numbers of sensors',
  description: 'Machines average what their sensors say.',
  model: { tensors: { numbers: [3] } },
  data: { kind: 'own' as const, description: 'readings of sensors' },
  demoData: { source: 'none' as const },
  rounds: 2,
  validationSplit: 0,
}

test('the page of a job for programs says so, offers nothing to join with, and follows the job', async ({
  start,
  page,
}) => {
  const coordinator = await start({ job: JOB })
  await page.goto(`${coordinator.url}/?auto=1`)
  await expect(page.getByTestId('job-name')).toHaveText(JOB.name)
  await expect(page.getByTestId('for-programs')).toContainText('trains on readings of sensors')
  await expect(page.getByTestId('join')).toHaveCount(0)
  await expect(page.getByTestId('choose-files')).toHaveCount(0)
  const client = await Client.connect({ url: coordinator.url })
  while (await client.isRunning()) {
    const { params } = await client.receive()
    await client.send(new FLModel({ params, metrics: { loss: 1 } }))
  }
  const board = await coordinator.until('the end', ({ job: { state } }) => state === 'finished')
  expect(board.versions.at(-1)?.updates).toBe(1)
  await expect(page.locator('body')).toContainText('2 are done')
  await expect(page.getByTestId('problem')).toHaveCount(0)
})
