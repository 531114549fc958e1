/** Training engines by themselves, in a real browser: no coordinator, no page of the product. */
import { fileURLToPath } from 'node:url'
import { test as base } from '@playwright/test'
import type { Laboratory } from './page/experiments.ts'
import { type ServedPage, servePage, type WorkerPage, workersOf } from './worker-page.ts'

/** Each test has workers of its own. `stock`: one in which tfjs is as it is. */
export const test = base.extend<
  { laboratory: Laboratory; stock: Laboratory; workers: WorkerPage },
  { labPage: ServedPage }
>({
  labPage: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright's way to ask for nothing
    async ({}, use) => {
      const served = await servePage(fileURLToPath(new URL('./page', import.meta.url)))
      await use(served)
      await served.close()
    },
    { scope: 'worker' },
  ],
  workers: async ({ page, labPage }, use) => {
    await page.goto(labPage.url)
    await use(await workersOf(page))
  },
  laboratory: async ({ workers }, use) => {
    await workers.start('laboratory')
    await use(laboratoryIn(workers, 'laboratory'))
    await workers.end('laboratory')
  },
  stock: async ({ workers }, use) => {
    await workers.start('stock')
    await use(laboratoryIn(workers, 'stock'))
    await workers.end('stock')
  },
})

function laboratoryIn(workers: WorkerPage, name: string): Laboratory {
  const call = (method: keyof Laboratory, ...args: unknown[]) => workers.call(name, method, args)
  return {
    activate: (backend, threads) => call('activate', backend, threads),
    train: (spec) => call('train', spec),
    trainStock: (backend, spec) => call('trainStock', backend, spec),
    step: (spec) => call('step', spec),
    memory: () => call('memory'),
    update: () => call('update'),
    failure: (learningRate) => call('failure', learningRate),
    dispatches: (spec) => call('dispatches', spec),
    pretendHardware: () => call('pretendHardware'),
    threads: () => call('threads'),
    filterGradients: (spec) => call('filterGradients', spec),
    timeFilterGradients: (spec) => call('timeFilterGradients', spec),
    shareProducts: (count, threads) => call('shareProducts', count, threads),
    tasks: (count) => call('tasks', count),
  } as Laboratory
}
