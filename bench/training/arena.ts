/** The page in which both sides train: built, served, opened in a real Chromium. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright'
import { build, preview } from 'vite'
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
  const outDir = mkdtempSync(join(tmpdir(), 'tributary-bench-'))
  const root = fileURLToPath(new URL('./page', import.meta.url))
  const common = { root, configFile: false, logLevel: 'error', worker: { format: 'es' } } as const
  await build({ ...common, build: { outDir, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 } })
  const server = await preview({ ...common, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } })
  const browser = await chromium.launch({ executablePath: findBrowser(), args: chromiumFlags() })
  const page = await browser.newPage()
  await page.goto(server.resolvedUrls?.local[0] ?? '')
  await page.waitForFunction(() => 'bench' in globalThis)
  const call = <M extends keyof Contender>(side: string, method: M, ...args: Parameters<Contender[M]>) =>
    callOn(page, side, method, args) as ReturnType<Contender[M]>
  const start = (side: string) =>
    page.evaluate((name) => (globalThis as unknown as { bench: Bench }).bench.start(name), side)
  const end = (side: string) =>
    page.evaluate((name) => (globalThis as unknown as { bench: Bench }).bench.end(name), side)
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
      await server.close()
      rmSync(outDir, { recursive: true, force: true })
    },
  }
}

function callOn(page: Page, side: string, method: keyof Contender, args: readonly unknown[]): Promise<unknown> {
  return page.evaluate(
    ([name, called, given]) => (globalThis as unknown as { bench: Bench }).bench.call(name, called, ...given),
    [side, method, args] as const,
  )
}
