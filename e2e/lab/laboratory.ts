/** Training engines by themselves, in a real browser: no coordinator, no page of the product. */
import { fileURLToPath } from 'node:url'
import { test as base } from '@playwright/test'
import type { Laboratory } from './page/experiments.ts'
import { type ServedPage, servePage, workersOf } from './worker-page.ts'

/** `laboratory`: a worker of its own for each test. */
export const test = base.extend<{ laboratory: Laboratory }, { labPage: ServedPage }>({
  labPage: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright's way to ask for nothing
    async ({}, use) => {
      const served = await servePage(fileURLToPath(new URL('./page', import.meta.url)))
      await use(served)
      await served.close()
    },
    { scope: 'worker' },
  ],
  laboratory: async ({ page, labPage }, use) => {
    await page.goto(labPage.url)
    const workers = await workersOf(page)
    await workers.start('laboratory')
    const call = (method: keyof Laboratory, ...args: unknown[]) => workers.call('laboratory', method, args)
    await use({
      activate: (backend) => call('activate', backend),
      train: (spec) => call('train', spec),
      step: (spec) => call('step', spec),
      memory: () => call('memory'),
      tasks: (count) => call('tasks', count),
    } as Laboratory)
    await workers.end('laboratory')
  },
})
