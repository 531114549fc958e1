// Says in one sentence that Node is too old, before any newer syntax is loaded.

const LEAST = [20, 19]

/** True when a version such as `20.19.0` can run Tributary. */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])
}

/** Ends the process with a sentence when this Node is too old. */
export function requireNode(version = process.versions.node) {
  if (isNewEnough(version)) return
  process.stderr.write(
    `Tributary needs Node ${LEAST.join('.')} or newer, and this is Node ${version}: install a newer one from https://nodejs.org and run the command again.\n`,
  )
  process.exit(1)
}
