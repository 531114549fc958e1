// npm puts a shell between itself and us. Told to end, npm ends the shell, and the shell does not tell us: a coordinator
// would live on and hold its port. So whoever npm started ends, as by SIGTERM, when its parent is gone.

const EVERY_MS = 500

export function endWithNpm() {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, EVERY_MS)
  timer.unref()
}
