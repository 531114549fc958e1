/** The servers that are measured, in processes of their own: the coordinator as built, and a bare Socket.IO server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { job } from '../../e2e/coordinator-process.ts'
import type { JobConfigInput } from '../../shared/jobs/config.ts'
import { Child } from './child.ts'

/** All clients come from one address, which stands for thousands. */
const LIMITS = {
  sockets: { total: 12_000, perAddress: 6_000, connects: { perSecond: 5_000, burst: 10_000 } },
  conduct: { newClients: { perSecond: 5_000, burst: 10_000 } },
  requests: { place: { perSecond: 10_000, burst: 100_000 } },
}

/** How long a server is left alone before its memory is looked at. */
const REST_MS = 2000

export interface Memory {
  /** As the kernel counts it. */
  readonly resident: number
  /** What is alive of it: V8's heap, and what hangs on it outside. */
  readonly live: number
}

export class Host {
  readonly url: string
  readonly child: Child
  private readonly adminToken: string
  private readonly folder: string | null

  private constructor(child: Child, { url, adminToken = '' }: Opened, folder: string | null) {
    this.child = child
    this.url = url
    this.adminToken = adminToken
    this.folder = folder
  }

  static async coordinator(change: Partial<JobConfigInput>): Promise<Host> {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'))
    const options = { job: job(change), storeFolder: join(folder, 'store'), limits: LIMITS }
    const child = new Child(['--expose-gc', path('entry.mjs'), JSON.stringify(options)])
    return new Host(child, await child.message<Opened>(), folder)
  }

  static async bare(): Promise<Host> {
    const child = new Child(['--expose-gc', path('bare.mjs')])
    return new Host(child, await child.message<Opened>(), null)
  }

  async command(name: string, body: object): Promise<void> {
    const response = await fetch(`${this.url}/api/admin/job/${name}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.adminToken}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`)
  }

  /** At rest, and without garbage: after a while without work, two collections by force, and a while more. */
  async memory(): Promise<Memory> {
    await sleep(REST_MS)
    const { memory } = await this.child.ask<{ memory: NodeJS.MemoryUsage }>('memory')
    await sleep(REST_MS)
    return { resident: this.child.residentBytes(), live: memory.heapUsed + memory.external }
  }

  async end(): Promise<void> {
    await this.child.end()
    if (this.folder) rmSync(this.folder, { recursive: true, force: true })
  }
}

interface Opened {
  readonly url: string
  readonly adminToken?: string
}

function path(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
