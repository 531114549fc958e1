// A coordinator at its default limits that counts one proxy before it, so that X-Forwarded-For makes many addresses of one
// machine: each hostile client has its own. Runs the build; its one argument is the JSON of { job, storeFolder } (see
// fuzz-coordinator.ts).
import { writeSync } from 'node:fs'
import { startBuilt } from '../built-coordinator.mjs'

const { job, storeFolder } = JSON.parse(process.argv[2])

// It does not outlive the tests.
process.stdin.on('end', () => process.exit(1)).resume()

const coordinator = await startBuilt({ job, storeFolder, log: ['info'], trustedProxies: 1 })
writeSync(1, `${JSON.stringify({ url: coordinator.url, token: coordinator.adminToken })}\n`)
