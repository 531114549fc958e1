/** One life of crash-coordinator.mjs: a child process from its start to its end, and what it told in between. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { JobConfigInput } from '../../shared/jobs/config.ts'
import { until } from './crash-until.ts'

/**
 * An instant in a coordinator's life: milestones of server/logging/log.ts that are passed one after the other, each with
 * how many times. `['tasks-sent:2', 'chunk-held:5']` is the fifth chunk after the second round's tasks were sent; `any`
 * counts all milestones. Empty: never.
 */
export type Instant = readonly string[]

export interface LifeOptions {
  readonly job: JobConfigInput
  readonly port: number
  readonly storeFolder: string
  readonly die: Instant
}

/** Lines of the log that a failure shows. */
const LINES_SHOWN = 25

export class Life {
  readonly url: string
  /** Milestones in the order in which they were told. */
  readonly passed: string[] = []
  /** When it was started, as of performance.now(). */
  readonly since = performance.now()
  private readonly child
  private readonly ended: Promise<unknown>
  private readonly log: string[] = []
  private adminToken: string | null = null

  constructor(options: LifeOptions) {
    this.url = `http://127.0.0.1:${options.port}`
    const program = new URL('crash-coordinator.mjs', import.meta.url).pathname
    this.child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: 'pipe' })
    // Both streams are read to their end before it counts as ended.
    this.ended = once(this.child, 'close')
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const told = JSON.parse(line) as { milestone?: string; adminToken?: string }
      if (told.milestone) this.passed.push(told.milestone)
      if (told.adminToken) this.adminToken = told.adminToken
    })
    createInterface({ input: this.child.stderr }).on('line', (line) => this.log.push(line))
  }

  get over(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** By what it ended: a signal or an exit status; null while it runs. */
  get end(): string | null {
    return this.child.signalCode ?? (this.child.exitCode === null ? null : `${this.child.exitCode}`)
  }

  private times(milestone: string): number {
    return this.passed.filter((name) => name === milestone).length
  }

  /** Resolves when it listens, or has ended before it did. */
  async listens(): Promise<void> {
    await this.until('listening', () => this.adminToken !== null || this.over)
  }

  /** Resolves when it has ended; rejects where it goes on. */
  async ends(): Promise<void> {
    await this.until('its end', () => this.over)
    await this.ended
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    if (!this.over) this.child.kill(signal)
    await this.ends()
  }

  async until(what: string, passes: () => boolean): Promise<void> {
    await until(what, passes, () => this.words())
  }

  /** Resolves when it has passed a milestone so many times. */
  async passes(milestone: string, times: number): Promise<void> {
    await this.until(`${milestone}, ${times} times`, () => this.times(milestone) >= times)
  }

  /** What it told, for whoever looks for a fault. */
  words(): string {
    return `milestones: ${this.passed.join(' ')}\n${this.log.slice(-LINES_SHOWN).join('\n')}`
  }

  /** An admin's command. Throws where it is refused, or the coordinator dies of it. */
  async command(name: string): Promise<void> {
    const response = await fetch(`${this.url}/api/admin/job/${name}`, { method: 'POST', headers: this.headers() })
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`)
  }

  /** The parameters of a version, by its manifest's digest. */
  async download(digest: string): Promise<Buffer> {
    const response = await fetch(`${this.url}/api/models/${digest}/weights.bin`, { headers: this.headers() })
    if (!response.ok) throw new Error(`${digest}: ${response.status} ${await response.text()}`)
    return Buffer.from(await response.arrayBuffer())
  }

  private headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.adminToken}`, 'Content-Type': 'application/json' }
  }
}
