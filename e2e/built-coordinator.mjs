// The build as a program of tests or benchmarks starts it: on this machine alone, with options that no command line has.
import { fileURLToPath } from 'node:url'
import { createLog } from '../dist/node/server/logging/log.js'
import { startCoordinator } from '../dist/node/server/main.js'
import { parseJobConfig } from '../dist/node/shared/jobs/config.js'

/** `options` go to startCoordinator as they are; `log`: createLog's arguments. */
export function startBuilt({ job, log, ...options }) {
  const host = '127.0.0.1'
  return startCoordinator({
    host,
    port: 0,
    publicHost: host,
    tls: null,
    job: parseJobConfig(job, 'The program’s job'),
    dataFolder: undefined,
    clientFolder: fileURLToPath(new URL('../dist/client', import.meta.url)),
    log: createLog(...log),
    ...options,
  })
}

/** Twice: what the first collection's finalizers let go of is collected by the second. Needs --expose-gc. */
export function collectGarbage() {
  globalThis.gc?.()
  globalThis.gc?.()
}
