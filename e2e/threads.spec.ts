/** Threads share the work of WebAssembly where the page is alone in its process, and change no result. */
import { expect } from '@playwright/test'
import { test } from './lab/laboratory.ts'
import { dense, layer, sequential } from './lab/models.ts'
import type { TrainingSpec } from './lab/page/experiments.ts'
import { workersOf } from './lab/worker-page.ts'

const spec: TrainingSpec = {
  topology: sequential(
    [12, 12, 3],
    [
      layer('Conv2D', { filters: 20, kernel_size: [5, 5], strides: [1, 1], padding: 'same', activation: 'relu' }),
      layer('Conv2D', { filters: 24, kernel_size: [3, 3], strides: [2, 2], padding: 'valid', activation: 'relu' }),
      layer('Flatten'),
      dense(64, 'tanh'),
      dense(10, 'softmax'),
    ],
  ),
  shape: [12, 12, 3],
  classes: 10,
  tokens: null,
  examples: 80,
  batchSize: 32,
  optimizer: { name: 'adam', learningRate: 0.01 },
  epochs: 3,
  how: 'best',
}

// More threads than there may be processors, too: then each is stopped in the middle of its part now and then.
for (const threads of [2, 5]) {
  test(`products by ${threads} threads are those of one, to the bit`, async ({ laboratory }) => {
    expect(await laboratory.activate('wasm', threads)).toBe('wasm')
    const differing = await laboratory.shareProducts(1500, threads)
    const { count, helped } = await laboratory.threads()
    expect(count).toBe(threads)
    expect(helped, 'parts that other threads took').toBeGreaterThan(100)
    expect(differing).toBe(0)
  })
}

test('a training by several threads is that of one, to the bit', async ({ laboratory }) => {
  await laboratory.activate('wasm', 1)
  const alone = await laboratory.train(spec)
  expect(await laboratory.threads()).toEqual({ count: 1, helped: 0 })
  await laboratory.activate('wasm', 3)
  const shared = await laboratory.train(spec)
  const { count, helped } = await laboratory.threads()
  expect(count).toBe(3)
  expect(helped).toBeGreaterThan(0)
  expect(shared.losses.at(-1)).toBeLessThan(shared.losses[0] as number)
  expect(shared).toEqual(alone)
})

test('a page that is not isolated trains with one thread', async ({ page, labPage }) => {
  await page.route('**/*', async (route) => {
    const response = await route.fetch()
    const kept = Object.entries(response.headers()).filter(([name]) => !name.startsWith('cross-origin-'))
    await route.fulfill({ response, headers: Object.fromEntries(kept) })
  })
  await page.goto(labPage.url)
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false)
  const workers = await workersOf(page)
  await workers.start('laboratory')
  expect(await workers.call('laboratory', 'activate', ['wasm'])).toBe('wasm')
  await workers.call('laboratory', 'tasks', [2])
  expect(await workers.call('laboratory', 'threads', [])).toEqual({ count: 1, helped: 0 })
  await workers.end('laboratory')
})
