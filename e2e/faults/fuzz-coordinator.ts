/** The coordinator under attack: a process of its own, its log read line by line, its dashboard followed to the last row. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { JobConfigInput } from '../../shared/jobs/config.ts'
import { FuzzBoard } from './fuzz-board.ts'
import type { AtEnd } from './process.ts'

/** pino's number for `error`. */
const ERROR = 50
/** Faults that are told. */
const FAULTS_KEPT = 20

interface Started {
  readonly url: string
  readonly token: string
}

export class FuzzCoordinator {
  readonly url: string
  readonly token: string
  readonly port: number
  readonly board: FuzzBoard
  /** What it should never have written: errors, codes `internal`, lines that are no log. */
  readonly faults: string[]
  private readonly child

  private constructor(child: ReturnType<typeof spawn>, { url, token }: Started, faults: string[]) {
    this.child = child
    this.url = url
    this.token = token
    this.port = Number(new URL(url).port)
    this.faults = faults
    this.board = new FuzzBoard(url, token)
  }

  /** On a free port and a store of its own; it ends with the test, and the store with it. */
  static async start(atEnd: AtEnd, job: JobConfigInput): Promise<FuzzCoordinator> {
    const storeFolder = mkdtempSync(join(tmpdir(), 'tributary-fuzz-'))
    atEnd(() => rmSync(storeFolder, { recursive: true, force: true }))
    const program = new URL('fuzz-coordinator.mjs', import.meta.url).pathname
    const child = spawn(process.execPath, [program, JSON.stringify({ job, storeFolder })], { stdio: 'pipe' })
    const faults: string[] = []
    createInterface({ input: child.stderr }).on('line', (line) => {
      const fault = faultOf(line)
      if (fault && faults.length < FAULTS_KEPT && !faults.includes(fault)) faults.push(fault)
    })
    const started = await new Promise<Started>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line) as Started))
      child.once('exit', (code) => reject(new Error(`the coordinator ended with ${code}: ${faults.join('\n')}`)))
    })
    const made = new FuzzCoordinator(child, started, faults)
    atEnd(() => made.end())
    return made
  }

  /** Why it has ended, null while it runs. */
  get over(): string | null {
    const { exitCode, signalCode } = this.child
    return signalCode ?? (exitCode === null ? null : `exit status ${exitCode}`)
  }

  async command(name: string): Promise<void> {
    const headers = { ...this.headers(), 'Content-Type': 'application/json' }
    const response = await fetch(`${this.url}/api/admin/job/${name}`, { method: 'POST', headers, body: '{}' })
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`)
  }

  /** The parameters of a version, by its manifest's digest. */
  async download(digest: string): Promise<Float32Array> {
    const response = await fetch(`${this.url}/api/models/${digest}/weights.bin`, { headers: this.headers() })
    if (!response.ok) throw new Error(`${digest}: ${response.status} ${await response.text()}`)
    return new Float32Array(await response.arrayBuffer())
  }

  /** What its own counters say, by code. */
  async counter(name: 'refusals' | 'cut_offs'): Promise<Record<string, number>> {
    const text = await (await fetch(`${this.url}/metrics`, { headers: this.headers() })).text()
    const lines = text.matchAll(new RegExp(`^tributary_${name}_total\\{code="([^"]+)"\\} (\\d+)$`, 'gm'))
    return Object.fromEntries([...lines].map(([, code, n]) => [code, Number(n)]))
  }

  /** Resident memory in MiB and open file descriptors; null where there is no /proc. */
  vitals(): { rssMiB: number; fds: number } | null {
    if (process.platform !== 'linux') return null
    const { pid } = this.child
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    return { rssMiB: Math.round(kilobytes / 1024), fds: readdirSync(`/proc/${pid}/fd`).length }
  }

  private async end(): Promise<void> {
    this.board.close()
    if (this.over !== null) return
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }

  private headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.token}` }
  }
}

/** Null where the line is as it should be. The same error of another client is the same fault. */
function faultOf(line: string): string | null {
  try {
    const { level, code, time: _, client: __, ...rest } = JSON.parse(line) as Record<string, unknown>
    return Number(level ?? ERROR) >= ERROR || code === 'internal' ? JSON.stringify({ code, ...rest }) : null
  } catch {
    return line
  }
}
