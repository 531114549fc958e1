/** The page in which both sides train: built, served, opened in a real Chromium. */
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import type { GpuCalls } from '../../e2e/lab/page/gpu-calls.ts'
import { servePage, workersOf } from '../../e2e/lab/worker-page.ts'
import { findBrowser } from '../../scripts/setup/browser.mjs'
import { chromiumFlags } from '../../server/cli/chromium-flags.ts'
import type { Contender, MemoryBytes, Prepared, Setup } from './page/contender.ts'

export interface Arena {
  /** null where it cannot be trained. */
  prepare(side: string, setup: Setup): Promise<Prepared | null>
  train(side: string, steps: number): Promise<number>
  encode(side: string, steps: number): Promise<number>
  gpuCalls(side: string): Promise<GpuCalls>
  memory(side: string): Promise<MemoryBytes>
  /** GFLOP/s of a product of matrices by this side. */
  matmulRate(setup: Pick<Setup, 'side' | 'backend'>): Promise<number>
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
    memory: (side) => call(side, 'memory'),
    async matmulRate(setup) {
      await start('matmul')
      await call('matmul', 'prepare', { ...setup, model: 'mlp', optimizer: 'sgd' })
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
