// The build as a benchmark needs it: limits raised for one address, memory told on request. Its one argument is the JSON of
// what process.ts passes; it talks over the channel that a parent Node process opens.
import { collectGarbage, startBuilt } from '../../e2e/built-coordinator.mjs'

const { job, storeFolder, limits } = JSON.parse(process.argv[2])
const coordinator = await startBuilt({ job, storeFolder, log: ['warn'], limits })

process.on('message', (message) => {
  if (message !== 'memory') return
  collectGarbage()
  process.send({ memory: process.memoryUsage() })
})
// It does not outlive the benchmark.
process.on('disconnect', () => process.exit(0))
process.send({ url: coordinator.url, adminToken: coordinator.adminToken })
