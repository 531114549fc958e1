/** The page in which both sides train: built, served, opened in a real Chromium. */
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { servePage, workersOf } from '../../e2e/lab/worker-page.ts'
import { findBrowser } from '../../scripts/setup/browser.mjs'
import { chromiumFlags } from '../../server/cli/chromium-flags.ts'
import type { Contender, GpuCalls, Setup } from './page/contender.ts'
import type { Bench } from './page/page.ts'

export interface Arena {
  adapter(): Promise<{ name: string; hardware: boolean } | null>
  /** null where it cannot be trained. */
  prepare(side: string, setup: Setup): Promise<{ firstMs: number; secondMs: number } | null>
  train(side: string, steps: number): Promise<number>
  encode(side: string, steps: number): Promise<number>
  gpuCalls(side: string): Promise<GpuCalls>
  memoryBytes(side: string): Promise<number>
  /** GFLOP/s of a product of matrices by stock tfjs. */
  matmulRate(backend: Setup['backend']): Promise<number>
  end(side: string): Promise<void>
  close(): Promise<void>
}

export async function openArena(): Promise<Arena> {
  const served = await servePage(fileURLToPath(new URL('./page', import.meta.url)))
  const browser = await chromium.launch({ executablePath: findBrowser(), args: chromiumFlags() })
  const page = await browser.newPage()
  await page.goto(served.url)
  const workers = await workersOf(page)
  const call = <M extends keyof Contender>(side: string, method: M, ...args: Parameters<Contender[M]>) =>
    workers.call(side, method, args) as ReturnType<Contender[M]>
  const { start, end } = workers
  return {
    adapter: () => page.evaluate(() => (globalThis as unknown as { bench: Bench }).bench.adapter()),
    async prepare(side, setup) {
      await start(side)
      try {
        return await call(side, 'prepare', setup)
      } catch (thrown) {
        const [why] = String(thrown)
          .replace(/^.*Error: /, '')
          .split('\n')
        process.stderr.write(`${setup.side} ${setup.model}/${setup.optimizer}/${setup.backend}: ${why}\n`)
        return null
      }
    },
    train: (side, steps) => call(side, 'train', steps),
    encode: (side, steps) => call(side, 'encode', steps),
    gpuCalls: (side) => call(side, 'gpuCalls'),
    memoryBytes: (side) => call(side, 'memoryBytes'),
    async matmulRate(backend) {
      await start('matmul')
      await call('matmul', 'prepare', { side: 'stock', model: 'mlp', optimizer: 'sgd', backend })
      const rate = await call('matmul', 'matmulRate')
      await end('matmul')
      return rate
    },
    end,
    async close() {
      await browser.close()
      await served.close()
    },
  }
}
