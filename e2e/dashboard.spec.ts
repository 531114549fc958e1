/** The dashboard against a real coordinator with real tabs. */
import { createHash } from 'node:crypto'
import { expect } from '@playwright/test'
import { test } from './coordinator.ts'

test('without the key it shows nothing; with it the address bar forgets it', async ({ page, start }) => {
  const coordinator = await start({ job: { rounds: 3 } })
  await page.goto(`${coordinator.url}/dashboard/`)
  await expect(page.getByText(/link that the coordinator printed/i).first()).toBeVisible()
  await page.goto(coordinator.dashboardUrl)
  await expect(page.getByTestId('job-state')).toBeVisible()
  expect(page.url()).toBe(`${coordinator.url}/dashboard/`)
  const cookie = (await page.context().cookies()).find((c) => c.name.startsWith('tributary_admin'))
  expect(cookie?.httpOnly).toBe(true)
})

test('from empty to finished: state, rounds, clients, versions, commands, downloads', async ({
  browser,
  page,
  start,
}) => {
  const coordinator = await start({ job: { rounds: 4, localEpochs: 1, autoStart: false, minClients: 2 } })
  await page.goto(coordinator.dashboardUrl)
  await expect(page.getByTestId('join-url')).toContainText(coordinator.url)
  await expect(page.locator('img[src="/api/join-qr.svg"]').first()).toBeVisible()
  await expect(page.getByTestId('job-state')).toHaveAttribute('data-state', 'waiting')

  const tabs = await browser.newContext()
  for (const writer of [64, 65])
    await (await tabs.newPage()).goto(`${coordinator.url}/?auto=1&writer=${writer}&examples=300`)
  await expect(page.getByTestId('client-row')).toHaveCount(2, { timeout: 60_000 })
  await page.getByTestId('command-start').click()
  await expect(page.getByTestId('round-bar').first()).toBeVisible()
  await expect(page.getByTestId('job-state')).toHaveAttribute('data-state', 'finished', { timeout: 90_000 })
  await expect(page.getByTestId('round-counter')).toHaveAttribute('data-round', '4')
  await expect(page.getByTestId('version-row')).toHaveCount(5)
  await expect
    .poll(async () => Number(await page.getByTestId('accuracy-figure').getAttribute('data-value')))
    .toBeGreaterThan(0.5)
  for (const row of await page.getByTestId('client-row').all()) await expect(row).toContainText('wasm')

  await page.getByTestId('command-more').first().click()
  const confirm = page.getByRole('button', { name: /add|more/i }).last()
  if (
    await page
      .getByTestId('job-state')
      .getAttribute('data-state')
      .then((s) => s === 'finished')
  )
    await confirm.click()
  await coordinator.until('more rounds', (b) => b.job.rounds > 4)

  const { versions } = await coordinator.until('all tested', (b) => b.versions.every((v) => v.test))
  const last = versions.at(-1)!
  const manifest = await (await page.request.get(`${coordinator.url}/api/models/${last.digest}`)).body()
  const response = await page.request.get(`${coordinator.url}/api/models/${last.digest}/model.safetensors`)
  expect(response.headers()['cache-control']).toContain('immutable')
  const { params } = JSON.parse(manifest.toString())
  expect(
    createHash('sha256')
      .update(await response.body())
      .digest('hex'),
  ).toBe(params.digest)
  const denied = await fetch(`${coordinator.url}/api/models/${last.digest}/model.safetensors`)
  expect(denied.status).toBe(403)
})

test('a phone’s width has no sideways scrolling, in light and dark', async ({ browser, start }) => {
  const coordinator = await start({ job: { rounds: 3 } })
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme })
    const page = await context.newPage()
    for (const path of [coordinator.dashboardUrl, `${coordinator.url}/`]) {
      await page.goto(path)
      await expect(page.getByRole('heading').first()).toBeVisible()
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    }
    await context.close()
  }
})
