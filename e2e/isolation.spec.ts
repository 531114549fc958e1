/** The pages under their own security headers, in a real browser. */
import { expect } from '@playwright/test'
import { test } from './coordinator.ts'

test('the pages are cross-origin isolated, train, and break no rule of their own policy', async ({ page, start }) => {
  const coordinator = await start({ job: { rounds: 1, localEpochs: 1, minClients: 1 } })
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(String(error)))
  const violations = () => said.filter((text) => /content security policy|refused to|violates/i.test(text))

  for (const path of ['/?auto=1&writer=64&examples=300', '/dashboard/']) {
    if (path === '/dashboard/') await page.goto(coordinator.dashboardUrl)
    else await page.goto(`${coordinator.url}${path}`)
    expect(await page.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([true, 'function'])
    if (path === '/dashboard/') await expect(page.getByTestId('job-state')).toBeVisible()
    else await coordinator.until('trained', (board) => board.job.round >= 1)
    expect(violations()).toEqual([])
  }

  // What the policy is there for: a foreign script, and one that stands in the page.
  const ran = await page.evaluate(async () => {
    const inline = document.createElement('script')
    inline.textContent = 'globalThis.injected = true'
    document.head.append(inline)
    const foreign = await fetch('https://example.com/').then(
      () => 'fetched',
      () => 'refused',
    )
    return { injected: 'injected' in globalThis, foreign }
  })
  expect(ran).toEqual({ injected: false, foreign: 'refused' })
  expect(violations().length).toBeGreaterThan(0)
})
