/** The participant's page, step by step, in a real browser against a real coordinator. */
import { gzipSync } from 'node:zlib'
import { expect, type Page } from '@playwright/test'
import { writeIdx } from '../shared/datasets/idx.ts'
import { syntheticDigits } from '../shared/datasets/synthetic-digits.ts'
import type { DashboardSnapshot } from '../shared/protocol/dashboard.ts'
import { test } from './coordinator.ts'

const QUICK = { rounds: 200, localEpochs: 1, graceSeconds: 2 } as const

async function joined(page: Page): Promise<void> {
  await expect(page.getByTestId('join')).toBeEnabled({ timeout: 60_000 })
  await page.getByTestId('join').click()
  await expect(page.getByTestId('phase')).toBeVisible()
}

test('by keyboard alone: choose data, join, pause, resume, leave', async ({ page, start }) => {
  const coordinator = await start({ job: QUICK })
  await page.goto(coordinator.url)
  await expect(page.getByTestId('job-name')).toContainText('Digits together')
  await expect(page.getByTestId('thumbnail').first()).toBeVisible({ timeout: 20_000 })
  await expect(page.getByTestId('backend-name')).toContainText(/WebAssembly/, { timeout: 20_000 })
  await expect(page.getByTestId('backend-reason')).toContainText(/WebGPU/)
  const press = async (testId: string, key = 'Enter') => {
    const target = page.getByTestId(testId)
    for (let i = 0; i < 60; i++) {
      if (await target.evaluate((element) => element === document.activeElement).catch(() => false)) break
      await page.keyboard.press('Tab')
    }
    await expect(target).toBeFocused()
    await page.keyboard.press(key)
  }
  await press('join')
  await coordinator.until(
    'a contribution',
    (board) => board.clients[0]?.contributed !== undefined && board.clients[0].contributed >= 2,
  )
  await expect(page.getByTestId('contributed')).not.toHaveText(/^0/)
  await expect(page.getByTestId('bytes-up')).not.toHaveText('0 B')
  await press('pause')
  const paused = await coordinator.until('the pause', (board) => board.clients[0]?.state === 'paused')
  const before = paused.clients[0]?.contributed ?? 0
  await press('resume')
  await coordinator.until('work after the pause', (board) => (board.clients[0]?.contributed ?? 0) > before)
  await press('leave')
  await press('leave-confirm')
  await coordinator.until('the leaving', (board) => board.clients[0]?.state === 'gone')
  await expect(page.getByTestId('left')).toBeVisible()
})

test('the drawing pad shows what the global model makes of a drawing', async ({ page, start }) => {
  const coordinator = await start({ job: { ...QUICK, rounds: 6 } })
  await page.goto(`${coordinator.url}/?auto=1&writer=12`)
  await expect(page.getByTestId('finished')).toBeVisible({ timeout: 60_000 })
  const pad = page.getByTestId('pad')
  await pad.scrollIntoViewIfNeeded()
  const box = (await pad.boundingBox())!
  const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const
  // A one: a stroke from top to bottom.
  await page.mouse.move(...at(0.55, 0.15))
  await page.mouse.down()
  for (let i = 1; i <= 12; i++) await page.mouse.move(...at(0.55 - i * 0.008, 0.15 + (i / 12) * 0.7))
  await page.mouse.up()
  const bars = page.getByTestId('probability')
  await expect(bars).toHaveCount(10)
  await expect(bars.nth(1)).toHaveClass(/best/, { timeout: 20_000 })
  const texts = await bars.allInnerTexts()
  const sum = texts.map((text) => Number(/(\d+)\s*%/.exec(text)?.[1])).reduce((a, b) => a + b, 0)
  expect(sum).toBeGreaterThan(94)
  expect(sum).toBeLessThan(106)
})

test('own IDX files: good ones train, bad ones say what is wrong', async ({ page, start }) => {
  const coordinator = await start({ job: QUICK })
  const data = syntheticDigits({ seed: 3, writer: 8, count: 120 })
  const images = Buffer.from(gzipSync(writeIdx([120, 28, 28], data.values)))
  const labels = Buffer.from(writeIdx([120], data.targets.labels))
  const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer })
  await page.goto(coordinator.url)
  await page.getByTestId('data-source').getByText('My own files').click()
  const input = page.getByTestId('choose-files')

  await input.setInputFiles([file('pictures.idx', images.subarray(0, 200)), file('labels.idx', labels)])
  await expect(page.getByTestId('problem').first()).toContainText('pictures.idx', { timeout: 20_000 })
  await expect(page.getByTestId('join')).toBeDisabled()

  await input.setInputFiles([file('pictures-again.idx', labels), file('labels.idx', labels)])
  await expect(page.getByTestId('problem').first()).toContainText('pictures-again.idx')

  await input.setInputFiles([file('pictures.idx.gz', images), file('labels.idx', labels)])
  await expect(page.getByTestId('problem')).toHaveCount(0)
  await expect(page.getByTestId('data-preview')).toContainText('108')
  await joined(page)
  const board = await coordinator.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) > 0)
  expect(board.clients[0]?.examples).toBe(108)

  // Run again, the same tab goes on with the same files.
  expect((await coordinator.command('stop')).status).toBe(200)
  // A version that is being made durable is still committed.
  await coordinator.until('the stop', (b) => b.job.state === 'stopped')
  expect((await coordinator.command('again')).status).toBe(200)
  const again = await coordinator.until(
    'contributions to the job run again',
    (b) => b.job.id !== board.job.id && b.job.round >= 2,
  )
  expect(
    again.rounds
      .filter((r) => r.version !== null)
      .flatMap((r) => r.bars.map((bar) => bar.examples))
      .every((n) => n === 108),
  ).toBe(true)
})

test('backends are measured with the job’s own model, and the rate is remembered and shown', async ({
  page,
  start,
}) => {
  const coordinator = await start({ job: { ...QUICK, autoStart: false } })
  await page.goto(coordinator.url)
  await expect(page.getByTestId('backend-name')).toContainText(/WebAssembly/, { timeout: 20_000 })
  await page.getByText('Choose how to compute').click()
  const trials = page.locator('.trials')
  await expect(trials).toContainText(
    /WebAssembly · processor with SIMD(, \d+ threads)?\s*in use, [\d,]+ examples a second/,
  )
  await expect(trials).toContainText(/plain JavaScript\s*not tried/)
  const remembered = () =>
    page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open('tributary-rates')
        opening.onsuccess = () => resolve(opening.result)
        opening.onerror = () => reject(opening.error)
      })
      const request = database.transaction('rates').objectStore('rates').getAllKeys()
      const keys = await new Promise<IDBValidKey[]>((resolve) => {
        request.onsuccess = () => resolve(request.result)
      })
      database.close()
      return keys.map(String)
    })
  // With one thread, and with several, of which one is left to the person.
  const processors = await page.evaluate(() => navigator.hardwareConcurrency)
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
  const threads = Math.min(8, processors > 2 ? processors - 1 : processors)
  const key = (adapter: string) =>
    expect.stringMatching(new RegExp(`^wasm \\| ${adapter} \\| [0-9a-f]{64} \\| \\d+ \\| sgd$`))
  const alone = key('processor with SIMD')
  await expect.poll(remembered).toEqual(threads > 1 ? [alone, key(`processor with SIMD, ${threads} threads`)] : [alone])
  await joined(page)
  const board = await coordinator.until('the client', (b) => b.clients.length === 1)
  expect(board.clients[0]?.examplesPerSecond ?? 0, 'before it has trained').toBeGreaterThan(10)
})

test('a backend can be forced; one that is not there is named', async ({ page, start }) => {
  const coordinator = await start({ job: QUICK })
  await page.goto(`${coordinator.url}/?backend=cpu`)
  await expect(page.getByTestId('backend-name')).toContainText(/plain JavaScript/, { timeout: 60_000 })
  await page.getByText('Choose how to compute').click()
  await page.getByTestId('backend-menu').selectOption('webgpu')
  await expect(page.getByTestId('backend-name')).toContainText(/webgpu/i, { timeout: 60_000 })
  await page.getByTestId('backend-menu').selectOption('webgl')
  await expect(page.getByTestId('backend-name')).toContainText(/webgl/i, { timeout: 60_000 })
  await joined(page)
  const board = await coordinator.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) > 0)
  expect(board.clients[0]?.backend).toBe('webgl')
})

test('over plain http from another machine it trains on WASM and says why', async ({ browser, playwright, start }) => {
  const coordinator = await start({ job: QUICK })
  const { executablePath, args = [] } = (test.info().project.use.launchOptions ?? {}) as {
    executablePath?: string
    args?: string[]
  }
  // A name that is not localhost stands for another machine: the page is no secure context then.
  const lan = await playwright.chromium.launch({
    executablePath,
    args: [...args, '--host-resolver-rules=MAP lan.test 127.0.0.1'],
  })
  const page = await lan.newPage()
  const { port } = new URL(coordinator.url)
  await page.goto(`http://lan.test:${port}/?auto=1&writer=5`)
  expect(await page.evaluate(() => [isSecureContext, 'gpu' in navigator, typeof crypto.subtle])).toEqual([
    false,
    false,
    'undefined',
  ])
  const board = await coordinator.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) > 0, 60_000)
  expect(board.clients[0]?.backend).toBe('wasm')
  expect(board.clients[0]?.backendReason).toContain('plain http')
  await lan.close()
  expect(browser.isConnected()).toBe(true)
})

test('T1: tabs hold no more tensors after ten rounds than after two', async ({ page, start }) => {
  const coordinator = await start({ job: { ...QUICK, rounds: 2 } })
  await page.goto(`${coordinator.url}/?auto=1&writer=3`)
  const tensors = async () => {
    const worker = page.workers().find((w) => w.url().includes('training'))
    return worker?.evaluate(() => (globalThis as unknown as { tributary: { tensors(): number } }).tributary.tensors())
  }
  await coordinator.until('the end', (b) => b.job.state === 'finished')
  const before = await tensors()
  await coordinator.command('more', { rounds: 8 })
  await coordinator.until('the end of more rounds', (b) => b.job.state === 'finished' && b.job.round === 10)
  expect(await tensors()).toBe(before)
})

test('the page weighs less than 60 KB before its training worker loads', async ({ page, start }) => {
  const coordinator = await start({ job: QUICK })
  const before: Promise<{ url: string; bytes: number }>[] = []
  let loading = true
  page.on('request', (request) => {
    if (request.url().includes('/assets/training')) loading = false
  })
  page.on('response', (response) => {
    if (!loading || new URL(response.url()).pathname.startsWith('/api/')) return
    before.push(response.body().then((body) => ({ url: response.url(), bytes: gzipSync(body).length })))
  })
  await page.goto(coordinator.url)
  await expect(page.getByTestId('job-name')).toContainText('Digits')
  await expect.poll(() => loading).toBe(false)
  const files = await Promise.all(before)
  expect(files.length).toBeGreaterThanOrEqual(3)
  expect(files.reduce((n, f) => n + f.bytes, 0)).toBeLessThan(60_000)
})

test('the coordinator gone and back: the page says so, and goes on by itself', async ({ page, start, folder }) => {
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  const first = await start({ job: QUICK, folder, args: ['--port', String(port)] })
  await page.goto(`${first.url}/?auto=1&writer=4`)
  await first.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) > 0)
  expect(await first.end()).toBe(0)
  await expect(page.getByText(/connection lost|reconnecting/i).first()).toBeVisible({ timeout: 20_000 })
  const second = await start({ job: QUICK, folder, args: ['--port', String(port)] })
  // It contributes before the version that its update makes is durable.
  const goesOn = (b: DashboardSnapshot) => (b.clients[0]?.contributed ?? 0) > 0 && b.job.round > 1
  const board = await second.until('the client again, and another round', goesOn, 60_000)
  expect(board.job.round).toBeGreaterThan(1)
})
