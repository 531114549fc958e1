/** Playwright's fixture: coordinators that end with their test. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from '@playwright/test'
import { type RunningCoordinator, type StartOptions, startCoordinator } from './coordinator-process.ts'

export { job, latestAccuracy, type RunningCoordinator, type StartOptions } from './coordinator-process.ts'

export const test = base.extend<{ start: (options?: StartOptions) => Promise<RunningCoordinator>; folder: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright asks for a pattern
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-e2e-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
  start: async ({ folder }, use) => {
    const running: RunningCoordinator[] = []
    await use(async (options = {}) => {
      const coordinator = await startCoordinator({ folder, ...options })
      running.push(coordinator)
      return coordinator
    })
    for (const coordinator of running) await coordinator.end()
  },
})
