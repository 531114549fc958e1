// What the set-up says. Everything goes to stderr: stdout belongs to the command's own result (`--json`).

/** A failure that the person at the terminal can act on: shown as its sentence, without a stack. */
export class SetupError extends Error {
  name = 'SetupError'
}

export function say(line) {
  process.stderr.write(`tributary: ${line}\n`)
}

export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}
