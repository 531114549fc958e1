// A coordinator that tells which milestones it passes and dies by SIGKILL at one of them: the switch for that is here, not
// in the product. Runs the build; its one argument is the JSON of { job, port, storeFolder, die } (see crash-process.ts).
import { writeSync } from 'node:fs'
import { startBuilt } from '../built-coordinator.mjs'

const { job, port, storeFolder, die } = JSON.parse(process.argv[2])

/** `name:count` of each step, one after the other; the last one is the end. */
const steps = die.map((step) => {
  const [name, count] = step.split(':')
  return { name, count: Number(count) }
})
let reached = 0
let times = 0

function onMilestone(name, ids) {
  tell({ milestone: name, ...ids })
  const step = steps[reached]
  if (!step || (step.name !== 'any' && step.name !== name)) return
  if (++times < step.count) return
  times = 0
  // A signal to oneself is there before kill() returns: nothing of this process comes after it.
  if (++reached === steps.length) process.kill(process.pid, 'SIGKILL')
}

/** Written at once: what is still in a stream's buffer dies with the process. */
function tell(what) {
  writeSync(1, `${JSON.stringify(what)}\n`)
}

// It does not outlive the tests.
process.stdin.on('end', () => process.exit(1)).resume()

const coordinator = await startBuilt({ job, port, storeFolder, log: ['info', onMilestone] })
tell({ adminToken: coordinator.adminToken })
process.on('SIGTERM', () => void coordinator.close().then(() => process.exit(0)))
