// One set-up at a time in one clone: two commands started together must not install over each other.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { inRoot } from './paths.mjs'
import { SetupError, say } from './terminal.mjs'

const LOCK = inRoot('dist', '.setup.lock')
const POLL_MS = 200
const PATIENCE_MS = 15 * 60_000

/** Runs `work` while no other process of this clone runs its own. Waits, and takes over from one that died. */
export async function alone(work) {
  await acquire()
  const release = () => rmSync(LOCK, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

async function acquire() {
  mkdirSync(inRoot('dist'), { recursive: true })
  const giveUpAt = Date.now() + PATIENCE_MS
  for (let told = false; !tryAcquire(); told = true) {
    if (!told) say('waiting for another command that is setting up this clone')
    if (Date.now() > giveUpAt)
      throw new SetupError(`Another command has been setting up for too long: end it or delete ${LOCK}.`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function tryAcquire() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (holderLives()) return false
  try {
    // Renaming first: of two that find a dead holder's lock, one gets it away and the other tries again.
    const grave = `${LOCK}.${process.pid}`
    renameSync(LOCK, grave)
    rmSync(grave, { force: true })
  } catch {
    // Somebody else was faster.
  }
  return false
}

function holderLives() {
  let pid
  try {
    pid = Number(readFileSync(LOCK, 'utf8'))
  } catch {
    return true // Just released: the next try decides.
  }
  if (!pid) return true // Made this instant and not yet written.
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
