/** The built coordinator as a child process under observation: killed and started again on its port and store. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobConfigInput } from '../../shared/jobs/config.ts'
import { mlp } from '../../shared/jobs/models.ts'
import { type RunningCoordinator, type StartOptions, startCoordinator } from '../coordinator-process.ts'
import { pause } from './pause.ts'

/** A job for simulated clients: a small model, nothing to test it on, no final evaluation. */
export function swarmJob(change: Partial<JobConfigInput>, hidden = 16): Partial<JobConfigInput> {
  return {
    name: 'A swarm’s',
    model: { topology: { ...mlp(784, [hidden], 10) } },
    demoData: { source: 'none' },
    validationSplit: 0,
    ...change,
  }
}

/** What the process holds, as the kernel and Node count it. All but `dirtyMiB` is of a process that has just collected its garbage. */
export interface Vitals {
  /** Resident memory before the collection: what garbage there is depends on the moment. */
  readonly dirtyMiB: number
  /** Resident memory. */
  readonly rssMiB: number
  readonly heapMiB: number
  readonly externalMiB: number
  readonly fds: number
  readonly handles: number
  readonly resources: number
}

/** Whether {@link CoordinatorProcess.vitals} can look: it reads /proc. */
export const VITALS = process.platform === 'linux'

/** Of a process that collects its garbage when `vitals` asks it to. */
export const COLLECTING = { NODE_OPTIONS: `--import ${new URL('../collect-on-signal.mjs', import.meta.url)}` }

const COLLECTION_MS = 500

/** Of the command: its environment, and arguments beside those that say where it listens and what it runs. */
export type ProcessOptions = Pick<StartOptions, 'env' | 'args'>

/** vitest's onTestFinished, of the test's context: what was opened last is closed first. */
export type AtEnd = (close: () => void | Promise<void>) => void

export class CoordinatorProcess {
  readonly folder: string
  readonly port: number
  private running: RunningCoordinator
  private readonly job: Partial<JobConfigInput>
  private readonly options: ProcessOptions

  private constructor(
    folder: string,
    running: RunningCoordinator,
    job: Partial<JobConfigInput>,
    options: ProcessOptions,
  ) {
    this.folder = folder
    this.running = running
    this.port = Number(new URL(running.url).port)
    this.job = job
    this.options = options
  }

  /** Starts one on a free port and a store of its own. It ends with the test, and the store with it. */
  static async start(
    atEnd: AtEnd,
    job: Partial<JobConfigInput>,
    options: ProcessOptions = {},
  ): Promise<CoordinatorProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-faults-'))
    atEnd(() => rmSync(folder, { recursive: true, force: true }))
    const made = new CoordinatorProcess(folder, await startCoordinator({ ...options, folder, job }), job, options)
    atEnd(async () => {
      await made.running.end('SIGKILL')
    })
    return made
  }

  /** The process as it is now; another one after each restart. */
  get now(): RunningCoordinator {
    return this.running
  }

  /** Ends it: by SIGKILL at once, by SIGTERM as a person would. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.running.end(signal)
  }

  /** Starts it again on the same port and store. */
  async startAgain(): Promise<void> {
    const args = ['--port', `${this.port}`, ...(this.options.args ?? [])]
    this.running = await startCoordinator({ ...this.options, folder: this.folder, job: this.job, args })
  }

  /** What its file descriptors stand for: sockets, pipes, files by name. Sorted. */
  open(): string[] {
    const folder = `/proc/${this.running.pid}/fd`
    return readdirSync(folder)
      .map((fd) => {
        try {
          return readlinkSync(join(folder, fd)).replace(/^(socket|pipe):.*/, '$1')
        } catch {
          return 'closed meanwhile'
        }
      })
      .sort()
  }

  /** Of a process that was started with COLLECTING. */
  async vitals(): Promise<Vitals> {
    const { pid } = this.running
    const dirtyMiB = this.rssMiB()
    process.kill(pid, 'SIGUSR2')
    await pause(COLLECTION_MS)
    // Counted before the metrics are asked for: that connection may not be gone again when they have come.
    const fds = this.open().length
    const rssMiB = this.rssMiB()
    const metrics = await this.metrics()
    const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN)
    return {
      dirtyMiB,
      rssMiB,
      heapMiB: mib(value('nodejs_heap_size_used_bytes')),
      externalMiB: mib(value('nodejs_external_memory_bytes')),
      fds,
      handles: value('nodejs_active_handles_total'),
      resources: value('nodejs_active_resources_total'),
    }
  }

  private rssMiB(): number {
    const status = readFileSync(`/proc/${this.running.pid}/status`, 'utf8')
    return mib(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024)
  }

  /** Over a connection of its own, closed at once: one that is kept would be counted at the next look. */
  private metrics(): Promise<string> {
    const headers = { Authorization: `Bearer ${this.running.token}` }
    return new Promise((resolve, reject) => {
      get(`http://127.0.0.1:${this.port}/metrics`, { agent: false, headers }, (response) => {
        let text = ''
        response.on('data', (part) => {
          text += part
        })
        response.on('end', () => resolve(text))
      }).on('error', reject)
    })
  }
}

function mib(bytes: number): number {
  return Math.round((bytes / 2 ** 20) * 10) / 10
}
