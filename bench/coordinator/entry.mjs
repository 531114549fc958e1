// The build as a benchmark needs it: limits raised for one address, memory told on request. Its one argument is the JSON of
// what process.ts passes; it talks over the channel that a parent Node process opens.
import { fileURLToPath } from 'node:url'
import { createLog } from '../../dist/node/server/logging/log.js'
import { startCoordinator } from '../../dist/node/server/main.js'
import { parseJobConfig } from '../../dist/node/shared/jobs/config.js'

const { job, storeFolder, limits } = JSON.parse(process.argv[2])
const host = '127.0.0.1'
const coordinator = await startCoordinator({
  host,
  port: 0,
  publicHost: host,
  tls: null,
  storeFolder,
  job: parseJobConfig(job, 'The benchmark’s job'),
  dataFolder: undefined,
  clientFolder: fileURLToPath(new URL('../../dist/client', import.meta.url)),
  log: createLog('warn'),
  limits,
})

process.on('message', (message) => {
  if (message !== 'memory') return
  // Twice: what finalizers of the first collection let go of is collected by the second.
  globalThis.gc?.()
  globalThis.gc?.()
  process.send({ memory: process.memoryUsage() })
})
// It does not outlive the benchmark.
process.on('disconnect', () => process.exit(0))
process.send({ url: coordinator.url, adminToken: coordinator.adminToken })
