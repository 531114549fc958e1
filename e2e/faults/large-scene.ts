/** A coordinator with a large model, in a process of its own, whose resident memory is watched from outside. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mlp } from '../../shared/jobs/models.ts'
import { job } from '../coordinator-process.ts'
import { pause } from './pause.ts'
import type { AtEnd } from './process.ts'

const PROGRAM = fileURLToPath(new URL('large-coordinator.mjs', import.meta.url))
const [INPUTS, CLASSES] = [1023, 256] as const
const LOOK_MS = 20
const SETTLE_MS = 500
const MIB = 2 ** 20

/** Parameters of the model with these hidden layers. */
export function parametersOf(hidden: readonly number[]): number {
  const widths = [INPUTS, ...hidden, CLASSES]
  return widths.slice(1).reduce((sum, width, i) => sum + ((widths[i] ?? 0) + 1) * width, 0)
}

export class LargeScene {
  readonly url: string
  private readonly child: ChildProcess
  private readonly adminToken: string

  private constructor(child: ChildProcess, { url, adminToken }: { url: string; adminToken: string }) {
    this.child = child
    this.url = url
    this.adminToken = adminToken
  }

  static async start(atEnd: AtEnd, hidden: readonly number[]): Promise<LargeScene> {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-large-'))
    atEnd(() => rmSync(folder, { recursive: true, force: true }))
    const settings = job({
      model: { topology: zeros(mlp(INPUTS, hidden, CLASSES)) },
      data: { width: INPUTS, height: 1, channels: 1, classes: Array.from({ length: CLASSES }, (_, i) => `${i}`) },
      demoData: { source: 'none' },
      validationSplit: 0,
      autoStart: false,
      rounds: 1,
      minClients: 1,
      deadlineSeconds: 3600,
      retention: { last: 1 },
    })
    const args = ['--expose-gc', PROGRAM, JSON.stringify({ job: settings, storeFolder: join(folder, 'store') })]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    atEnd(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
    const [opened] = await once(child, 'message')
    return new LargeScene(child, opened as { url: string; adminToken: string })
  }

  async command(name: string, body: object = {}): Promise<void> {
    const response = await fetch(`${this.url}/api/admin/job/${name}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.adminToken}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`)
  }

  /** Resident memory in MiB, at rest and without garbage. */
  async restMiB(): Promise<number> {
    await pause(SETTLE_MS)
    const collected = once(this.child, 'message')
    this.child.send('collect')
    await collected
    await pause(SETTLE_MS)
    return this.residentMiB()
  }

  /** The most resident memory while `work` goes on, in MiB. */
  async peakMiB(work: () => Promise<unknown>): Promise<number> {
    let peak = this.residentMiB()
    const looking = setInterval(() => {
      peak = Math.max(peak, this.residentMiB())
    }, LOOK_MS)
    try {
      await work()
      return Math.max(peak, this.residentMiB())
    } finally {
      clearInterval(looking)
    }
  }

  private residentMiB(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8')
    return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / MIB
  }
}

/** Weights that begin at zero: a hundred million random ones would only take time. */
function zeros(topology: object): Record<string, unknown> {
  const text = JSON.stringify(topology).replaceAll(
    '{"class_name":"GlorotUniform","config":{"seed":null}}',
    '{"class_name":"Zeros","config":{}}',
  )
  return JSON.parse(text) as Record<string, unknown>
}
