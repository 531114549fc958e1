/** The dashboard against a real coordinator with real tabs. */
import { readFile } from 'node:fs/promises'
import { expect } from '@playwright/test'
import { test } from './coordinator.ts'
import { TcpProxy } from './faults/proxy.ts'

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
    .poll(async () => Number(await page.getByTestId('metric-figure').getAttribute('data-value')))
    .toBeGreaterThan(0.5)
  for (const row of await page.getByTestId('client-row').all()) await expect(row).toContainText('wasm')

  await page.getByTestId('command-more').click()
  await coordinator.until('more rounds', (b) => b.job.rounds > 4)

  const { versions } = await coordinator.until('all tested', (b) => b.versions.every((v) => v.test))
  const last = versions.at(-1)!
  const row = page.locator(`[data-testid="version-row"][data-version="${last.version}"]`)
  const fetched = async (link: string) => {
    const href = await row.getByRole('link', { name: link, exact: true }).getAttribute('href')
    return page.request.get(`${coordinator.url}${href}`)
  }
  const { params } = await (await fetched('manifest')).json()
  const stored = await (await page.request.get(`${coordinator.url}/api/blobs/${params.digest}`)).body()
  const response = await fetched('safetensors')
  expect(response.headers()['cache-control']).toContain('immutable')
  const file = await response.body()
  const about = JSON.parse(file.subarray(8, 8 + headBytes(file)).toString('utf8')).__metadata__
  expect(about).toMatchObject({ version: String(last.version), manifest: last.digest })
  // The weights themselves are the stored ones; only what the file says of itself is the version's.
  expect(file.subarray(8 + headBytes(file)).equals(stored.subarray(8 + headBytes(stored)))).toBe(true)
  const { weightsManifest } = await (await fetched('tfjs')).json()
  const shard = await page.request.get(`${coordinator.url}/api/models/${last.digest}/${weightsManifest[0].paths[0]}`)
  expect((await shard.body()).equals(file.subarray(8 + headBytes(file)))).toBe(true)

  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    row.getByRole('link', { name: 'card', exact: true }).click(),
  ])
  expect(saved.suggestedFilename()).toBe(`digits-together-v${last.version}-card.md`)
  const card = await readFile(await saved.path(), 'utf8')
  expect(card).toContain(`# Digits together, version ${last.version}`)
  expect(card).toContain('| Clients that contributed | 2 different ones |')
  expect(card).toContain(last.digest)
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

test('faults are visible: an abandoned round and why, a drop-out and in what phase', async ({
  browser,
  page,
  start,
}) => {
  // Minutes of work a round: nobody answers before the deadline.
  const coordinator = await start({
    job: { rounds: 3, localEpochs: 1000, batchSize: 1, minClients: 2, deadlineSeconds: 15, graceSeconds: 1 },
  })
  await page.goto(coordinator.dashboardUrl)
  await expect(page.getByTestId('abandoned-count')).toHaveText('0')
  await expect(page.getByTestId('faults')).toHaveCount(0)

  const tabs = await browser.newContext()
  for (const writer of [71, 72]) await (await tabs.newPage()).goto(joinLink(coordinator.url, writer))
  const row = page.locator('[data-testid="abandoned-row"][data-round="1.1"]')
  await expect(row).toContainText('Round 1', { timeout: 40_000 })
  await expect(row).toContainText('0 of the 2 answers needed had come at the deadline.')
  await expect(page.getByTestId('abandoned-count')).toHaveText('1')
  await expect(page.getByTestId('dropout-picture')).toContainText('2 cut off')

  await coordinator.until('training again', ({ rounds }) => {
    const last = rounds.at(-1)
    return rounds.length === 2 && last?.bars.every((bar) => bar.state === 'train') === true
  })
  const training = page.locator('[data-testid="dropout-phase"][data-phase="train"]')
  const before = Number(await training.getAttribute('data-count'))
  await tabs.pages()[0]?.close()
  await expect(page.getByTestId('dropout-picture')).toContainText('1 left in mid-round', { timeout: 15_000 })
  await expect.poll(async () => Number(await training.getAttribute('data-count'))).toBeGreaterThan(before)
  await expect(page.locator('[data-testid="client-row"][data-state="gone"]')).toHaveCount(1)

  // From the list to the round's bars, by keyboard.
  await row.getByRole('button', { name: 'Round 1' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('round-timeline')).toHaveAttribute('data-round', /^1\./)
  await expect(page.locator('#round')).toBeFocused()
  await tabs.close()
})

test('faults are visible: a connection that was lost and came back', async ({ browser, page, start }) => {
  const coordinator = await start({ job: { rounds: 3, localEpochs: 1000, graceSeconds: 30 } })
  const proxy = await TcpProxy.open(Number(new URL(coordinator.url).port))
  const tabs = await browser.newContext()
  try {
    await page.goto(coordinator.dashboardUrl)
    await expect(page.getByTestId('resumed-count')).toHaveText('0')
    await (await tabs.newPage()).goto(joinLink(proxy.url, 73))
    await expect(page.locator('[data-testid="round-bar"][data-state="train"]')).toBeVisible({ timeout: 30_000 })
    proxy.reset()
    await proxy.refuse()
    const row = page.getByTestId('client-row')
    await expect(row).toHaveAttribute('data-state', 'reconnecting')
    await expect(page.getByText('1 reconnecting')).toBeVisible()
    await proxy.heal()
    await expect(page.getByTestId('resumed-count')).toHaveText('1', { timeout: 20_000 })
    await expect(page.getByTestId('resumed-sentence')).toContainText('1 connection was lost and came back in time.')
    await expect(row).toHaveCount(1)
    await expect(row).not.toHaveAttribute('data-state', /reconnecting|gone/)
    await expect(page.getByTestId('dropout-count')).toHaveText('0')
  } finally {
    await tabs.close()
    await proxy.close()
  }
})

function joinLink(url: string, writer: number): string {
  return `${url}/?auto=1&writer=${writer}&backend=wasm`
}

/** Of a safetensors file: how long its header is. */
function headBytes(file: Buffer): number {
  return Number(file.readBigUInt64LE(0))
}
