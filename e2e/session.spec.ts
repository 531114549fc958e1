/** A tab through reloads, copies, closings and new versions of its page, in a real browser. */
import { expect, type Page } from '@playwright/test'
import { test } from './coordinator.ts'

const QUICK = { rounds: 500, localEpochs: 1, graceSeconds: 5 } as const
/** Rounds of a minute and more, for what must happen in the middle of one. */
const SLOW = { rounds: 500, localEpochs: 500 } as const

async function join(page: Page): Promise<void> {
  await expect(page.getByTestId('join')).toBeEnabled({ timeout: 30_000 })
  await page.getByTestId('join').click()
  await expect(page.getByTestId('phase')).toBeVisible()
}

test('R9: a reloaded tab joins again by itself, as who it was', async ({ page, start }) => {
  const coordinator = await start({ job: QUICK })
  await page.goto(`${coordinator.url}/?writer=21`)
  await join(page)
  const before = await coordinator.until('contributions', (b) => (b.clients[0]?.contributed ?? 0) >= 3)
  await page.reload()
  await expect(page.getByTestId('phase')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByTestId('contributed')).not.toHaveText(/^[012] /)
  const after = await coordinator.until(
    'more contributions of the same client',
    (b) => (b.clients[0]?.contributed ?? 0) >= (before.clients[0]?.contributed ?? 0) + 3,
  )
  expect(after.clients.map((c) => c.id)).toEqual(before.clients.map((c) => c.id))
  expect(await page.evaluate(() => Object.keys(sessionStorage).sort())).toContain('tributary.token')

  // Whoever has left stays outside.
  await page.getByTestId('leave').click()
  await page.getByTestId('leave-confirm').click()
  await expect(page.getByTestId('left')).toBeVisible()
  await page.reload()
  await expect(page.getByTestId('join')).toBeEnabled({ timeout: 30_000 })
  await page.waitForTimeout(1000)
  await expect(page.getByTestId('phase')).toHaveCount(0)
})

test('R9: a paused tab is paused again after a reload', async ({ page, start }) => {
  const coordinator = await start({ job: QUICK })
  await page.goto(`${coordinator.url}/?writer=22`)
  await join(page)
  await page.getByTestId('pause').click()
  await coordinator.until('the pause', (b) => b.clients[0]?.state === 'paused')
  await page.reload()
  await expect(page.getByTestId('resume')).toBeVisible({ timeout: 30_000 })
  await coordinator.until('the pause again', (b) => b.clients.length === 1 && b.clients[0]?.state === 'paused')
})

test('a duplicated tab becomes a client of its own; the original goes on', async ({ page, start }) => {
  const coordinator = await start({ job: QUICK })
  await page.goto(`${coordinator.url}/?writer=23`)
  await join(page)
  const before = await coordinator.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) >= 1)
  const original = before.clients[0]?.id
  const opening = page.waitForEvent('popup')
  await page.evaluate(() => void window.open(location.href))
  const copy = await opening
  expect(await copy.evaluate(() => sessionStorage.getItem('tributary.token'))).not.toBeNull()
  const both = await coordinator.until(
    'contributions of both',
    (b) => b.clients.length === 2 && b.clients.every((c) => c.contributed >= 2),
  )
  expect(new Set(both.clients.map((c) => c.id)).size).toBe(2)
  expect(both.clients.map((c) => c.id)).toContain(original)
  const tokens = await Promise.all(
    [page, copy].map((tab) => tab.evaluate(() => sessionStorage.getItem('tributary.token'))),
  )
  expect(tokens[0]).not.toBe(tokens[1])
  expect(tokens[0]?.startsWith(`${original}.`)).toBe(true)
})

test('closing a tab in the middle of a task asks first; otherwise it does not', async ({ page, start }) => {
  const coordinator = await start({ job: SLOW })
  await page.goto(`${coordinator.url}/?writer=24`)
  await join(page)
  await expect(page.getByTestId('phase')).toContainText('Training', { timeout: 20_000 })
  const asked = page.waitForEvent('dialog')
  void page.close({ runBeforeUnload: true })
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  await expect(page.getByTestId('phase')).toContainText('Training')
  await page.getByTestId('pause').click()
  await expect(page.getByTestId('resume')).toBeVisible()
  const closed = page.waitForEvent('close')
  void page.close({ runBeforeUnload: true })
  await closed
})

test('the screen is kept awake while the tab takes part', async ({ page, start }) => {
  const coordinator = await start({ job: SLOW })
  await page.addInitScript(() => {
    const counts = { held: 0, requests: 0 }
    Object.assign(window, { wakeLocks: counts })
    const request = navigator.wakeLock.request.bind(navigator.wakeLock)
    navigator.wakeLock.request = async (type) => {
      const lock = await request(type)
      counts.requests++
      counts.held++
      lock.addEventListener('release', () => counts.held--)
      return lock
    }
  })
  const held = () => page.evaluate(() => (window as unknown as { wakeLocks: { held: number } }).wakeLocks.held)
  await page.goto(`${coordinator.url}/?writer=25`)
  await expect(page.getByTestId('join')).toBeEnabled({ timeout: 30_000 })
  expect(await held()).toBe(0)
  await join(page)
  await expect.poll(held).toBe(1)
  await page.getByTestId('pause').click()
  await expect.poll(held).toBe(0)
  await page.getByTestId('resume').click()
  await expect.poll(held).toBe(1)
})

test('a page that is too old says so, and loads the new one once', async ({ page, start }) => {
  const coordinator = await start({ job: QUICK })
  // A deployment ago this page's session worker spoke protocol 1.
  let old = 0
  await page.route('**/assets/session-*.js', async (route) => {
    const response = await route.fetch()
    const script = await response.text()
    const aged = script.replace(/protocol:[\w$]+,capabilities/, 'protocol:1,capabilities')
    expect(aged).not.toBe(script)
    old++
    await route.fulfill({ response, body: aged })
  })
  let loads = 0
  page.on('load', () => loads++)
  await page.goto(`${coordinator.url}/?writer=26`)
  await expect(page.getByTestId('join')).toBeEnabled({ timeout: 30_000 })
  await page.getByTestId('join').click()
  await expect(page.getByTestId('notice')).toContainText('newer version', { timeout: 10_000 })
  expect(loads).toBe(1)
  // The new page is the old one: a proxy on the way keeps it. It is not loaded again and again.
  await expect(page.getByTestId('notice')).toContainText('still the old version', { timeout: 30_000 })
  await page.waitForTimeout(5500)
  expect(loads).toBe(2)
  expect(old).toBe(2)
  // Then the real one.
  await page.unroute('**/assets/session-*.js')
  await page.reload()
  await expect(page.getByTestId('phase')).toBeVisible({ timeout: 30_000 })
  await coordinator.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) >= 1)
})
