// Two projects: `unit` (fast, nothing but this process) and `integration` (real sockets, files and coordinators).
import { defineConfig } from 'vitest/config'

const SOURCES = '{shared,server,client,scripts}'

export default defineConfig({
  test: {
    environment: 'node',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [`${SOURCES}/**/*.test.{ts,tsx,mjs}`],
          exclude: ['**/node_modules/**', '**/*.integration.test.*'],
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
    ],
  },
})
