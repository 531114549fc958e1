// Three projects: `unit` (fast, nothing but this process), `integration` (real sockets, files and coordinators) and
// `faults` (coordinators in processes of their own, under bad networks and clients; counts by TRIBUTARY_COUNTS).
import { defineConfig } from 'vitest/config'

const SOURCES = '{shared,server,client,simulator,scripts,examples}'

const FULL = process.env.TRIBUTARY_COUNTS === 'full'
/** Suites at full counts run for hours; the limit is there so that a hung one ends. */
const FULL_LIMIT_MS = 6 * 3_600_000

export default defineConfig({
  test: {
    environment: 'node',
    provide: { counts: FULL ? 'full' : 'reduced' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [`${SOURCES}/**/*.test.{ts,tsx,mjs}`],
          exclude: ['**/node_modules/**', '**/*.integration.test.*'],
          ...(FULL ? { testTimeout: FULL_LIMIT_MS } : {}),
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: [`${SOURCES}/**/*.integration.test.{ts,tsx,mjs}`],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['e2e/faults/**/*.faults.test.ts'],
          // They measure time and memory: two at once would measure each other.
          fileParallelism: false,
          testTimeout: FULL ? FULL_LIMIT_MS : 240_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
