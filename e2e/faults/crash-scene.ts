/** One store and one port, the coordinators that live and die there one after the other, and clients who outlive them. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobConfigInput } from '../../shared/jobs/config.ts'
import type { JobInfo } from '../../shared/protocol/participant.ts'
import { CrashClient } from './crash-client.ts'
import { type Instant, Life } from './crash-process.ts'
import { readStore, type Stored } from './crash-store.ts'
import { until } from './crash-until.ts'
import { pause } from './pause.ts'
import type { AtEnd } from './process.ts'

export interface Ending {
  readonly stored: Stored
  /** The last version's parameters, as they are downloaded. */
  readonly params: Buffer
}

export class CrashScene {
  readonly clients: readonly CrashClient[]
  /** What was wrong at a crash, in words. */
  readonly faults: string[] = []
  private readonly job: JobConfigInput
  private readonly port: number
  private readonly storeFolder: string
  private lives: Life[] = []
  private downloading: (round: number) => void = () => {}
  private held: { readonly round: number; readonly until: Promise<void> } | null = null

  private constructor(job: JobConfigInput, port: number, storeFolder: string, clients: number) {
    this.job = job
    this.port = port
    this.storeFolder = storeFolder
    this.clients = Array.from(
      { length: clients },
      (_, index) =>
        new CrashClient(index, {
          url: `http://127.0.0.1:${port}`,
          life: () => this.lives.length - 1,
          onDownload: (round) => this.downloading(round),
          mayTrain: (round) => (this.held && round >= this.held.round ? this.held.until : Promise.resolve()),
        }),
    )
  }

  /** The clients look for their coordinator from now on. All of it ends with the test. */
  static async open(atEnd: AtEnd, job: JobConfigInput, clients: number): Promise<CrashScene> {
    const storeFolder = mkdtempSync(join(tmpdir(), 'tributary-crash-'))
    atEnd(() => rmSync(storeFolder, { recursive: true, force: true }))
    const scene = new CrashScene(job, await freePort(), storeFolder, clients)
    atEnd(async () => {
      await Promise.all(scene.clients.map((client) => client.leave()))
      if (scene.lives.length > 0) await scene.life.signal('SIGKILL')
    })
    return scene
  }

  /** The coordinator that lives, or lived last. */
  get life(): Life {
    const life = this.lives.at(-1)
    if (!life) throw new Error('no coordinator was started')
    return life
  }

  start(die: Instant = []): Life {
    const life = new Life({ job: this.job, port: this.port, storeFolder: this.storeFolder, die })
    this.lives.push(life)
    return life
  }

  /** Training of `round` and later ones stops before its end, until the answer is called. */
  holdTraining(round: number): () => void {
    let go = () => {}
    const until = new Promise<void>((resolve) => {
      go = resolve
    })
    this.held = { round, until }
    return go
  }

  /** Resolves once the coordinator has died; compares what it had told with what is in the store. */
  async dies(): Promise<void> {
    await this.life.ends()
    // What it sent last may not have been read yet.
    await pause(50)
    const { versions, counted } = await readStore(this.storeFolder)
    const last = versions.at(-1)?.version ?? -1
    for (const { index, heard, committed } of this.clients) {
      for (const { version } of heard) {
        if (version > last) this.faults.push(`R7: client ${index} was told of version ${version}; there are ${last}`)
      }
      // The final evaluation's tasks count for no version.
      if (last === this.job.rounds) continue
      for (const taskId of committed) {
        if (!counted.some((task) => task.taskId === taskId))
          this.faults.push(`R7: client ${index} was told that ${taskId} is committed; it is not`)
      }
    }
  }

  /** Kills the coordinator when the last client begins to download the model of `round`, and the others are about it. */
  async killInDownload(round: number): Promise<void> {
    let begun = 0
    const all = new Promise<void>((resolve) => {
      this.downloading = (of) => {
        if (of !== round || ++begun < this.clients.length) return
        this.downloading = () => {}
        resolve(this.life.signal('SIGKILL'))
      }
    })
    await all
    await this.dies()
  }

  async kill(): Promise<void> {
    await this.life.signal('SIGKILL')
    await this.dies()
  }

  async someoneBack(): Promise<void> {
    const life = this.lives.length - 1
    await this.until('a client to be back', () => this.clients.some((client) => client.life === life))
  }

  /** Milliseconds from the coordinator's start until its last client was welcomed again. */
  async allBack(): Promise<number> {
    const life = this.lives.length - 1
    await this.until('all clients to be back', () => this.clients.every((client) => client.life === life))
    return Math.round(performance.now() - this.life.since)
  }

  /** Resolves when every client has heard this of the job from the coordinator that lives. */
  async allHear(what: string, passes: (job: JobInfo) => boolean): Promise<void> {
    const life = this.lives.length - 1
    const heard = ({ life: of, job }: CrashClient) => of === life && job !== null && passes(job)
    await this.until(`all clients to hear ${what}`, () => this.clients.every(heard))
  }

  finished(): Promise<void> {
    return this.allHear('that the job has finished', ({ state }) => state === 'finished')
  }

  /** Resolves when the coordinator has died, or there is nothing left for it to do. */
  async overOrFinished(): Promise<void> {
    const life = this.lives.length - 1
    const done = () => this.clients.every((client) => client.life === life && client.job?.state === 'finished')
    await until(
      'death or the job’s end',
      () => this.life.over || done(),
      () => this.words(),
    )
  }

  /** Ends the coordinator as a person would, and reads what it leaves. */
  async close(): Promise<Ending> {
    const digest = this.clients[0]?.job?.model ?? ''
    const params = await this.life.download(digest)
    await this.life.signal('SIGTERM')
    if (this.life.end !== '0') this.faults.push(`the last coordinator ended by ${this.life.end}`)
    return { stored: await readStore(this.storeFolder), params }
  }

  private async until(what: string, passes: () => boolean): Promise<void> {
    // One that died in between is met at once, not after a minute.
    await until(
      what,
      () => passes() || this.life.over,
      () => this.words(),
    )
    if (!passes()) throw new Error(`${what}: the coordinator ended by ${this.life.end}\n${this.words()}`)
  }

  /** What everybody said last, for whoever looks for a fault. */
  words(): string {
    const clients = this.clients.map(
      ({ index, life, job, problems }) =>
        `client ${index}: life ${life}, job ${job?.state} (${job?.reason}) at version ${job?.version}; ${problems.join(' | ')}`,
    )
    return [...clients, this.life.words()].join('\n')
  }
}

/** Of a server that is closed again: coordinators that are started there again need the same one. */
async function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
