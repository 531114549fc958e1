// A coordinator at its default limits that counts one proxy before it, so that X-Forwarded-For makes many addresses of one
// machine: each hostile client has its own. Runs the build; its one argument is the JSON of { job, storeFolder } (see
// fuzz-coordinator.ts).
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createLog } from '../../dist/node/server/logging/log.js'
import { startCoordinator } from '../../dist/node/server/main.js'
import { parseJobConfig } from '../../dist/node/shared/jobs/config.js'

const { job, storeFolder } = JSON.parse(process.argv[2])

// It does not outlive the tests.
process.stdin.on('end', () => process.exit(1)).resume()

const host = '127.0.0.1'
const coordinator = await startCoordinator({
  host,
  port: 0,
  publicHost: host,
  tls: null,
  storeFolder,
  job: parseJobConfig(job, 'The test’s job'),
  dataFolder: undefined,
  clientFolder: fileURLToPath(new URL('../../dist/client', import.meta.url)),
  log: createLog('info'),
  trustedProxies: 1,
})
writeSync(1, `${JSON.stringify({ url: coordinator.url, token: coordinator.adminToken })}\n`)
