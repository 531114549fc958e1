/** What was read of one's files, kept in the browser: taken again, deleted, and done without. */
import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import type { JobConfigInput } from '../shared/jobs/config.ts'
import { random } from '../shared/random/random.ts'
import { test } from './coordinator.ts'

const JOB: Partial<JobConfigInput> = {
  rounds: 50,
  model: { preset: 'tabular-mlp' },
  data: { kind: 'table', columns: [{ name: 'size', mean: 50, std: 30 }], target: 'kind', classes: ['small', 'large'] },
  demoData: { source: 'none' },
}

function writeTable(path: string, rows: number): void {
  const draws = random(2, 'sizes')
  const sizes = Array.from({ length: rows }, () => draws.int(100))
  writeFileSync(path, ['size,kind', ...sizes.map((size) => `${size},${size < 50 ? 'small' : 'large'}`)].join('\n'))
}

const report = (page: Page) => page.getByTestId('read-report')
const choose = (page: Page, path: string) => page.getByTestId('choose-files').setInputFiles(path)

test('what was read is taken from the browser after a reload, trains, and can be deleted', async ({
  page,
  start,
  folder,
}) => {
  const table = join(folder, 'sizes.csv')
  writeTable(table, 400)
  const coordinator = await start({ job: JOB })
  await page.goto(coordinator.url)
  await choose(page, table)
  await expect(page.getByTestId('data-preview')).toContainText('400 examples')
  await expect(report(page)).not.toContainText('ept')
  await expect(page.getByTestId('kept')).toBeHidden()
  // Whoever asks for it later need not choose again.
  await page.getByTestId('keep-read').check()
  await expect(report(page)).toContainText(/Kept in this browser: \d[\d.]* kB\./)
  await expect(page.getByTestId('kept')).toContainText(/\d[\d.]* kB kept/)
  const shown = await page.getByRole('region', { name: 'The first rows' }).innerText()

  await page.reload()
  await expect(page.getByTestId('keep-read')).toBeChecked()
  await expect(page.getByTestId('kept')).toContainText(/kB kept/)
  await choose(page, table)
  await expect(report(page)).toContainText('no file was read again')
  expect(await page.getByRole('region', { name: 'The first rows' }).innerText()).toBe(shown)
  await expect(page.getByTestId('join')).toBeEnabled({ timeout: 60_000 })
  await page.getByTestId('join').click()
  const has = await coordinator.until('an update', ({ clients }) => (clients[0]?.contributed ?? 0) > 0, 60_000)
  expect(has.clients[0]?.examples).toBe(360)

  // Another time of its last change: it may be another file.
  await page.evaluate(() => sessionStorage.clear())
  await page.reload()
  utimesSync(table, new Date(1e12), new Date(1e12))
  await choose(page, table)
  await expect(report(page)).toContainText('Kept in this browser')

  await page.getByTestId('delete-kept').click()
  await expect(page.getByTestId('kept')).toBeHidden()
  await page.reload()
  await expect(page.getByTestId('kept')).toBeHidden()
  await choose(page, table)
  await expect(report(page)).toContainText('Kept in this browser')
})

test('where the browser has no room it is said, and everything goes on', async ({ page, start, folder }) => {
  const table = join(folder, 'sizes.csv')
  writeTable(table, 20_000)
  const coordinator = await start({ job: JOB })
  await page.goto(coordinator.url)
  const tools = await page.context().newCDPSession(page)
  await tools.send('Storage.overrideQuotaForOrigin', { origin: coordinator.url, quotaSize: 20_000 })
  await page.getByTestId('keep-read').check()
  await choose(page, table)
  await expect(report(page)).toContainText(/It could not be kept: the browser has no room for \d[\d.]* kB more\./)
  await expect(page.getByTestId('data-preview')).toContainText('20,000 examples')
  await expect(page.getByTestId('kept')).toBeHidden()
  await expect(page.getByTestId('join')).toBeEnabled({ timeout: 60_000 })
})

test('a browser that cannot keep files says so', async ({ page, start, folder }) => {
  const table = join(folder, 'sizes.csv')
  writeTable(table, 50)
  const coordinator = await start({ job: JOB })
  await page.addInitScript(() => {
    localStorage.setItem('tributary.keep', '{"keep":true}')
    delete (FileSystemFileHandle.prototype as Partial<FileSystemFileHandle>).createWritable
  })
  await page.goto(coordinator.url)
  await expect(page.getByTestId('keep-read')).toBeDisabled()
  await expect(page.getByTestId('keep-panel')).toContainText('this browser is too old for it')
  await choose(page, table)
  await expect(page.getByTestId('data-preview')).toContainText('50 examples')
})
