/** A Node process that may have thousands of sockets open, and answers questions over its channel. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** For 5,000 sockets and the rest. Where the system's hard limit is lower, the connections above it fail and are counted. */
const OPEN_FILES = 12_000

export class Child {
  readonly pid: number
  private readonly child: ChildProcess
  private line: Promise<unknown> = Promise.resolve()

  constructor(nodeArgs: readonly string[]) {
    // The shell raises its own limit and becomes the process: the pid and the channel stay.
    const script = `ulimit -n ${OPEN_FILES} 2>/dev/null; exec "$0" "$@"`
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const
    this.child = spawn('sh', ['-c', script, process.execPath, ...nodeArgs], { stdio: [...stdio] })
    this.pid = this.child.pid ?? 0
  }

  /** The next message from it. Rejects if it ends before. */
  async message<T>(): Promise<T> {
    const ended = new AbortController()
    const dies = once(this.child, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`a process of the benchmark ended with status ${code}`)
    })
    try {
      const [message] = await Promise.race([once(this.child, 'message', { signal: ended.signal }), dies])
      return message as T
    } finally {
      ended.abort()
      dies.catch(() => {})
    }
  }

  /** One question after the other. */
  ask<T>(question: object | string): Promise<T> {
    const answer = this.line.then(() => {
      const next = this.message<T>()
      this.child.send(question)
      return next
    })
    this.line = answer.catch(() => {})
    return answer
  }

  /** Bytes of resident memory, as the kernel counts them. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const gone = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await gone
  }
}
