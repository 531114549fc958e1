/** A coordinator, a proxy before it and a swarm behind that: the stage of the network's faults. */
import type { JobConfigInput } from '../../shared/jobs/config.ts'
import type { DashboardSnapshot } from '../../shared/protocol/dashboard.ts'
import type { Task } from '../../shared/protocol/participant.ts'
import { type AtEnd, CoordinatorProcess, swarmJob } from './process.ts'
import { TcpProxy } from './proxy.ts'
import { wrongVersions } from './replay.ts'
import { roundFaults } from './round-faults.ts'
import { enterSwarm, type Phase, returnTimes, type SimulatedClient } from './swarm.ts'

export interface SceneOptions {
  readonly clients: number
  readonly job: Partial<JobConfigInput>
  /** Units of the hidden layer: 795 parameters each. */
  readonly hidden?: number
  readonly workMs?: (index: number, task: Task) => number
}

export class Scene {
  readonly coordinator: CoordinatorProcess
  readonly proxy: TcpProxy
  readonly clients: readonly SimulatedClient[]

  private constructor(coordinator: CoordinatorProcess, proxy: TcpProxy, clients: readonly SimulatedClient[]) {
    this.coordinator = coordinator
    this.proxy = proxy
    this.clients = clients
  }

  /** `atEnd`: the test's own onTestFinished. */
  static async open(atEnd: AtEnd, { clients: count, job, hidden, workMs }: SceneOptions): Promise<Scene> {
    // Held: nobody begins before all are there.
    const coordinator = await CoordinatorProcess.start(atEnd, swarmJob({ autoStart: false, ...job }, hidden))
    const proxy = await TcpProxy.open(coordinator.port)
    atEnd(() => proxy.close())
    const clients = await enterSwarm(count, { url: proxy.url, ...(workMs ? { workMs } : {}) })
    atEnd(async () => {
      await Promise.all(clients.map((client) => client.leave()))
    })
    return new Scene(coordinator, proxy, clients)
  }

  async start(): Promise<void> {
    const { status } = await this.coordinator.now.command('start')
    if (status !== 200) throw new Error(`the job did not start: ${status}`)
  }

  /** Resolves when any client is in `phase` of a task of a round from `round` on, past `fraction` of it. */
  async someoneReaches(phase: Phase, where: { round: number; fraction?: number; ms?: number }): Promise<void> {
    await Promise.any(this.clients.map((client) => client.reaches(phase, where)))
  }

  finished(ms: number): Promise<DashboardSnapshot> {
    return this.coordinator.now.until('the job’s end', ({ job }) => job.state === 'finished', ms)
  }

  /** Seconds until the last client's session answered again; Infinity where one's did not within `ms`. */
  async allBack(ms: number): Promise<number> {
    const times = await returnTimes(this.clients, ms)
    return Math.round(Math.max(...times)) / 1000
  }

  /** What breaks a rule, in words; empty is well. */
  async faults(board: DashboardSnapshot): Promise<string[]> {
    const faults = roundFaults(board)
    for (const client of this.clients) {
      for (const [taskId, receipts] of client.receipts) {
        const accepted = receipts.filter((receipt) => receipt.status === 'accepted').length
        if (accepted > 1) faults.push(`R4: client ${client.index} was told ${accepted} times that ${taskId} counts`)
      }
      if (new Set(client.welcomes).size !== 1) {
        faults.push(`R8, R9: client ${client.index} had the ids ${client.welcomes.join(', ')}`)
      }
    }
    const indices = new Map(this.clients.flatMap(({ index, welcomes }) => welcomes.map((id) => [id, index] as const)))
    for (const wrong of await wrongVersions(this.coordinator.now, board, indices)) faults.push(`R4, A1: ${wrong}`)
    return faults
  }

  /** What happened, for the evidence. */
  figures({ rounds, job }: DashboardSnapshot) {
    const sum = (of: (client: SimulatedClient) => number) => this.clients.reduce((n, client) => n + of(client), 0)
    return {
      committed: job.round,
      abandoned: rounds.filter((row) => row.state === 'abandoned').length,
      connectionsLost: sum((client) => client.lost),
      hellos: sum((client) => client.welcomes.length),
    }
  }
}
