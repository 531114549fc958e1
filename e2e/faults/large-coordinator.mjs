// A coordinator that collects its garbage when it is told to, so that memory can be compared before and during an upload.
// Runs the build; its one argument is the JSON of { job, storeFolder } (see large-scene.ts).
import { collectGarbage, startBuilt } from '../built-coordinator.mjs'

const { job, storeFolder } = JSON.parse(process.argv[2])
const { url, adminToken } = await startBuilt({ job, storeFolder, log: ['warn'] })
process.on('message', () => {
  collectGarbage()
  process.send?.('collected')
})
// It does not outlive the tests.
process.on('disconnect', () => process.exit(1))
process.send?.({ url, adminToken })
