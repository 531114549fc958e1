/** Examples made on the spot: before Chromium's own fake camera, and by hand. */
import { expect, type Page } from '@playwright/test'
import { findBrowser } from '../scripts/setup/browser.mjs'
import { chromiumFlags } from '../server/cli/chromium-flags.ts'
import { test } from './coordinator.ts'

test.use({
  launchOptions: {
    executablePath: findBrowser(),
    args: [...chromiumFlags(), '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  },
})

const COMMON = { rounds: 200, localEpochs: 1, demoData: { source: 'none' }, model: { preset: 'mlp-32' } } as const

async function use(page: Page): Promise<void> {
  await page.getByTestId('use-captured').click()
  await expect(page.getByTestId('data-preview')).toContainText('to train on')
  await expect(page.getByTestId('join')).toBeEnabled({ timeout: 60_000 })
  await page.getByTestId('join').click()
}

test('frames of a camera become an update', async ({ page, start }) => {
  const data = { width: 24, height: 16, channels: 3, classes: ['cup', 'pen'] }
  const coordinator = await start({ job: { ...COMMON, data } })
  await page.goto(coordinator.url)
  await page.getByTestId('data-source').getByText('The camera').click()
  await page.getByRole('button', { name: 'Turn the camera on' }).click()
  await expect(page.getByTestId('camera')).toBeVisible()
  const keep = page.getByTestId('keep')
  await expect(page.getByTestId('use-captured')).toBeDisabled()
  for (let i = 0; i < 4; i++) {
    await keep.nth(0).click()
    await keep.nth(1).click()
  }
  await expect(keep.nth(0)).toHaveText('cup 4')
  // What is kept is the camera's picture, in colour, and not an empty one.
  const colours = await page
    .getByTestId('thumbnail')
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] }
      return new Set(
        Array.from({ length: data.length / 4 }, (_, i) => `${data[i * 4]},${data[i * 4 + 1]},${data[i * 4 + 2]}`),
      ).size
    })
  expect(colours).toBeGreaterThan(5)
  await use(page)
  const board = await coordinator.until('a contribution', ({ clients }) => (clients[0]?.contributed ?? 0) > 0, 60_000)
  expect(board.clients[0]?.examples).toBe(7)
  // It is off once it is not needed any more.
  await expect(page.getByTestId('camera')).toHaveCount(0)
})

test('drawings become an update, and the last one can be taken back', async ({ page, start }) => {
  const coordinator = await start({ job: { ...COMMON, data: { classes: ['line', 'hook'] } } })
  await page.goto(coordinator.url)
  await page.getByTestId('data-source').getByText('Draw them').click()
  const pad = page.getByTestId('pad').first()
  const box = (await pad.boundingBox()) ?? { x: 0, y: 0, width: 1, height: 1 }
  const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const
  const keep = page.getByTestId('keep')
  for (let i = 0; i < 6; i++) {
    await page.mouse.move(...at(0.3 + i / 50, 0.2))
    await page.mouse.down()
    await page.mouse.move(...at(0.3 + i / 50, 0.8), { steps: 4 })
    if (i % 2 === 1) await page.mouse.move(...at(0.7, 0.8), { steps: 4 })
    await page.mouse.up()
    await keep.nth(i % 2).click()
  }
  // Nothing is drawn any more, so there is nothing to keep.
  await keep.nth(0).click()
  await expect(keep.nth(0)).toHaveText('line 3')
  await page.getByRole('button', { name: 'Take the last one back' }).click()
  await expect(keep.nth(1)).toHaveText('hook 2')
  await use(page)
  await coordinator.until('a contribution', ({ clients }) => (clients[0]?.contributed ?? 0) > 0, 60_000)
})
