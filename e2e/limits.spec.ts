/** What a person lets the tab use of the machine: part of the time, and not the last of the battery. */
import { expect, type Page } from '@playwright/test'
import { type RunningCoordinator, test } from './coordinator.ts'

const LONG = { rounds: 500, localEpochs: 12, graceSeconds: 2, demoData: { source: 'none' } } as const

const contributed = async (coordinator: RunningCoordinator) =>
  (await coordinator.until('a look', () => true)).clients[0]?.contributed ?? 0

/** The browser's battery, played by the page: no browser lets a test empty it. */
async function withBattery(
  page: Page,
  level: number,
): Promise<{ set(level: number, charging: boolean): Promise<void> }> {
  await page.addInitScript((initial) => {
    const battery = Object.assign(new EventTarget(), { level: initial, charging: false })
    Object.assign(globalThis, { battery })
    Object.defineProperty(navigator, 'getBattery', { value: async () => battery })
  }, level)
  return {
    set: (next, charging) =>
      page.evaluate(
        ([value, plugged]) => {
          const { battery } = globalThis as unknown as { battery: EventTarget & { level: number; charging: boolean } }
          battery.level = value
          battery.charging = plugged
          battery.dispatchEvent(new Event('levelchange'))
          battery.dispatchEvent(new Event('chargingchange'))
        },
        [next, charging] as const,
      ),
  }
}

test('below the limit of the battery nothing is computed, until it charges or the person wants it all the same', async ({
  page,
  start,
}) => {
  const coordinator = await start({ job: { ...LONG, localEpochs: 1 } })
  const battery = await withBattery(page, 0.55)
  await page.goto(`${coordinator.url}/?auto=1&writer=3&examples=100&backend=wasm`)
  await coordinator.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) >= 1)

  await battery.set(0.19, false)
  await expect(page.getByTestId('phase')).toHaveText('Paused to spare the battery')
  await expect(page.getByText('It has 19 % left, and your limit is 20 %.')).toBeVisible()
  await coordinator.until('the pause', (b) => b.clients[0]?.state === 'paused')

  const before = await contributed(coordinator)
  await battery.set(0.19, true)
  await coordinator.until('work while it charges', (b) => (b.clients[0]?.contributed ?? 0) > before)

  await battery.set(0.18, false)
  await coordinator.until('the pause again', (b) => b.clients[0]?.state === 'paused')
  const then = await contributed(coordinator)
  await page.getByTestId('resume').click()
  await battery.set(0.17, false)
  await coordinator.until('work all the same', (b) => (b.clients[0]?.contributed ?? 0) > then + 1)

  // The limit is the person's.
  await page.getByText('How much it may use').click()
  await page.getByTestId('battery-menu').last().selectOption('50')
  await battery.set(0.6, false)
  await battery.set(0.4, false)
  await expect(page.getByText('It has 40 % left, and your limit is 50 %.')).toBeVisible()
})

test('a quarter of the time makes training slower, and a reload does not forget it', async ({ page, start }) => {
  // Tasks of about half a second: shorter ones rest when they are done, which their rate says nothing of.
  const coordinator = await start({ job: { ...LONG, localEpochs: 80 } })
  await page.goto(`${coordinator.url}/?auto=1&writer=3&examples=600&backend=wasm`)
  /** Of the rounds after this one, the first of which began before. */
  const rates = async () => {
    const from = (await contributed(coordinator)) + 1
    const seen: number[] = []
    for (let n = 1; n <= 3; n++) {
      const board = await coordinator.until('another round', (b) => (b.clients[0]?.contributed ?? 0) >= from + n)
      seen.push(board.clients[0]?.examplesPerSecond ?? 0)
    }
    return seen.toSorted((a, b) => a - b)[1] as number
  }
  await coordinator.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) >= 1)
  const all = await rates()
  await expect(page.getByTestId('job-left')).toHaveText(/left$/)
  await page.getByText('How much it may use').click()
  await page.getByTestId('share-menu').last().selectOption('25')
  const quarter = await rates()
  expect(quarter / all).toBeLessThan(0.6)
  expect(quarter / all).toBeGreaterThan(0.1)
  await expect(page.getByTestId('task-left')).toHaveText(/second|about/)

  await page.reload()
  await page.getByText('How much it may use').click()
  await expect(page.getByTestId('share-menu').last()).toHaveValue('25')
})
