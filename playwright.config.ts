// Browser tests. Each test starts its own coordinator; the browser is a full Chrome or Chromium, since the headless
// shell has no WebGPU.
import { defineConfig } from '@playwright/test'
import { findBrowser } from './scripts/setup/browser.mjs'
import { chromiumFlags } from './server/cli/chromium-flags.ts'

export default defineConfig({
  // e2e/faults are vitest's: they need no browser.
  testMatch: ['e2e/*.spec.ts', 'examples/*/*.spec.ts'],
  // Two cores: tabs that train beside another test's tabs would only measure each other.
  workers: 1,
  retries: 0,
  timeout: process.env.TRIBUTARY_COUNTS === 'full' ? 3_600_000 : 180_000,
  use: {
    browserName: 'chromium',
    // Steps fail on their own, long before their test does.
    actionTimeout: 15_000,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: findBrowser(),
      args: chromiumFlags(),
    },
  },
})
