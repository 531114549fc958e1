/** A tab that has joined makes the GPU ready while it waits: its first task compiles nothing. */
import { expect } from '@playwright/test'
import { mlp } from '../shared/jobs/models.ts'
import { test } from './coordinator.ts'

interface Counted {
  compiled: number
}

test('programs are compiled while the tab waits for the first round', async ({ page, start }) => {
  const coordinator = await start({
    job: {
      model: { topology: { ...mlp(784, [16], 10) } },
      rounds: 1,
      demoData: { source: 'none' },
      validationSplit: 0,
      autoStart: false,
    },
  })
  page.on('worker', (worker) => {
    if (!worker.url().includes('training')) return
    void worker.evaluate(() => {
      const counted = globalThis as unknown as Counted
      counted.compiled = 0
      const { createComputePipelineAsync } = GPUDevice.prototype
      GPUDevice.prototype.createComputePipelineAsync = function (descriptor) {
        counted.compiled++
        return createComputePipelineAsync.call(this, descriptor)
      }
    })
  })
  const compiled = () =>
    page
      .workers()
      .find((w) => w.url().includes('training'))!
      .evaluate(() => (globalThis as unknown as Counted).compiled)
  await page.goto(`${coordinator.url}/?data=synthetic-digits&writer=1&examples=100&backend=webgpu`)
  await expect(page.getByTestId('join')).toBeEnabled({ timeout: 60_000 })
  const tried = await compiled()
  await page.getByTestId('join').click()
  await coordinator.until('the client', (b) => b.clients.length === 1)
  // Until nothing more is compiled for a while.
  await expect(async () => {
    const seen = await compiled()
    await page.waitForTimeout(3000)
    expect(await compiled()).toBe(seen)
    expect(seen).toBeGreaterThan(tried)
  }).toPass({ timeout: 60_000 })
  const before = await compiled()
  await coordinator.command('start')
  const board = await coordinator.until('the end', (b) => b.job.state === 'finished', 60_000)
  expect(board.rounds[0]?.updates).toBe(1)
  expect(await compiled()).toBe(before)
})
