// Runs one child process to its end. It ends with us: a signal to us is passed on.
import { spawn } from 'node:child_process'

/**
 * @param {string} file executable
 * @param {string[]} args
 * @param {{ env?: object, cwd?: string, output?: 'inherit' | 'stderr' | 'capture', limitMs?: number, quietMs?: number,
 *   shell?: boolean }} [options]
 *   output: shown as it is, sent to our stderr, or held back and returned as `text`;
 *   limitMs: the longest it may run; quietMs: the longest it may say nothing (needs `capture`).
 * @returns {Promise<{ code: number, text: string, timedOut: boolean }>} code 127 when it could not be started
 */
export function run(file, args, options = {}) {
  const { output = 'inherit', limitMs, quietMs, env, cwd, shell = false } = options
  const pipes = {
    inherit: ['inherit', 'inherit', 'inherit'],
    stderr: ['ignore', 2, 2],
    capture: ['ignore', 'pipe', 'pipe'],
  }
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, shell, env: { ...process.env, ...env }, stdio: pipes[output] })
    let text = ''
    let timedOut = false
    const stop = () => {
      timedOut = true
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), 5_000).unref()
    }
    const limit = limitMs && setTimeout(stop, limitMs)
    let quiet = quietMs && setTimeout(stop, quietMs)
    const onText = (chunk) => {
      text += chunk
      if (!quietMs) return
      clearTimeout(quiet)
      quiet = setTimeout(stop, quietMs)
    }
    child.stdout?.on('data', onText)
    child.stderr?.on('data', onText)

    const forward = (signal) => child.kill(signal)
    process.on('SIGINT', forward)
    process.on('SIGTERM', forward)
    const done = (code) => {
      clearTimeout(limit)
      clearTimeout(quiet)
      process.off('SIGINT', forward)
      process.off('SIGTERM', forward)
      resolve({ code, text, timedOut })
    }
    child.on('error', (error) => {
      text += error.message
      done(127)
    })
    child.on('close', (code, signal) => {
      // A person who stops us does not want the next step either.
      if (signal && !timedOut && (signal === 'SIGINT' || signal === 'SIGTERM'))
        process.exit(signal === 'SIGINT' ? 130 : 143)
      done(code ?? 1)
    })
  })
}
