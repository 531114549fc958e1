/** A page of the tests' own that starts workers and hands on what they are asked: built, served, opened. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { build, preview } from 'vite'
import type { Caller } from './page/caller.ts'

export interface WorkerPage {
  start(worker: string): Promise<void>
  call(worker: string, method: string, args: readonly unknown[]): Promise<unknown>
  end(worker: string): Promise<void>
}

export interface ServedPage {
  readonly url: string
  close(): Promise<void>
}

/** Builds the page in this folder and serves it on a port of its own, on loopback only. */
export async function servePage(root: string): Promise<ServedPage> {
  const outDir = mkdtempSync(join(tmpdir(), 'tributary-page-'))
  const common = { root, configFile: false, logLevel: 'error', worker: { format: 'es' } } as const
  await build({ ...common, build: { outDir, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 } })
  // As the coordinator's pages are: alone in their process, so that threads may share memory.
  const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
  const server = await preview({ ...common, build: { outDir }, preview: { port: 0, host: '127.0.0.1', headers } })
  return {
    url: server.resolvedUrls?.local[0] ?? '',
    async close() {
      await server.close()
      rmSync(outDir, { recursive: true, force: true })
    },
  }
}

/** Speaks with the workers of a page that has been opened. */
export async function workersOf(page: Page): Promise<WorkerPage> {
  await page.waitForFunction(() => 'workers' in globalThis)
  return {
    start: (worker) =>
      page.evaluate((name) => (globalThis as unknown as { workers: Caller }).workers.start(name), worker),
    call: (worker, method, args) =>
      page.evaluate(
        ([name, called, given]) => (globalThis as unknown as { workers: Caller }).workers.call(name, called, given),
        [worker, method, args] as const,
      ),
    end: (worker) => page.evaluate((name) => (globalThis as unknown as { workers: Caller }).workers.end(name), worker),
  }
}
