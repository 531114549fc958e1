// A coordinator that collects its garbage when it is told to, so that memory can be compared before and during an upload.
// Runs the build; its one argument is the JSON of { job, storeFolder } (see large-scene.ts).
import { fileURLToPath } from 'node:url'
import { createLog } from '../../dist/node/server/logging/log.js'
import { startCoordinator } from '../../dist/node/server/main.js'
import { parseJobConfig } from '../../dist/node/shared/jobs/config.js'

const { job, storeFolder } = JSON.parse(process.argv[2])
const host = '127.0.0.1'
const { url, adminToken } = await startCoordinator({
  host,
  port: 0,
  publicHost: host,
  tls: null,
  storeFolder,
  job: parseJobConfig(job, 'The test’s job'),
  dataFolder: undefined,
  clientFolder: fileURLToPath(new URL('../../dist/client', import.meta.url)),
  log: createLog('warn'),
})
process.on('message', () => {
  // Twice: what the first collection's finalizers let go of is collected by the second.
  globalThis.gc?.()
  globalThis.gc?.()
  process.send?.('collected')
})
// It does not outlive the tests.
process.on('disconnect', () => process.exit(1))
process.send?.({ url, adminToken })
