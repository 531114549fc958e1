/**
 * The life of the coordinator's job: made, taken up again from the store, commanded, run again.
 * Hears what clients do and passes it on to the job's workflow.
 */
import { TributaryError } from '../../shared/errors/error.ts'
import { type JobConfig, parseJobConfig } from '../../shared/jobs/config.ts'
import type { DashboardSnapshot, JobRow } from '../../shared/protocol/dashboard.ts'
import {
  type Decline,
  isOver,
  type JobInfo,
  type JobState,
  type Progress,
  type Receipt,
  type UpdateBegin,
} from '../../shared/protocol/participant.ts'
import { flatLength } from '../../shared/tensors/layout.ts'
import type { NamedTensors } from '../../shared/tensors/named.ts'
import type { UpdateSource } from '../../shared/updates/source.ts'
import type { BeginVerdict, ClientEvents, ClientInfo } from '../gateway/ports.ts'
import type { JobRecord, StoredJobState } from '../storage/records.ts'
import type { JobStart, Workflow, WorkflowCommand, WorkflowRooms } from '../workflows/workflow.ts'
import { Board, ROUNDS_KEPT } from './board.ts'
import { computingOf } from './computing.ts'
import type { DemoData } from './demo-data.ts'
import { jobInfo } from './job-info.ts'
import { createJob, restoreJob } from './make-job.ts'

/** Participants are told of the job's state at most this often; a crowd, at most once in so much for each of it. */
const ANNOUNCE_MS = 200
const ANNOUNCE_MS_EACH = 0.2

export type RunnerRooms = Omit<WorkflowRooms, 'board' | 'changed'>

export interface RunnerOptions {
  readonly rooms: RunnerRooms
  readonly joinUrl: string
  readonly demo: DemoData
  readonly makeWorkflow: (start: JobStart, rooms: WorkflowRooms) => Workflow
}

export type RunnerCommand = WorkflowCommand | { readonly type: 'again' }

interface Presence {
  connected: boolean
  /** What its person wants. */
  wanted: boolean
}

export class JobRunner implements ClientEvents {
  readonly board: Board
  private readonly options: RunnerOptions
  private readonly presence = new Map<string, Presence>()
  private job: JobStart
  private record: JobRecord
  private workflow!: Workflow
  private announcing = false
  /** What everybody was told last. */
  private announced = ''
  private commands: Promise<void> = Promise.resolve()
  private saving: Promise<void> = Promise.resolve()
  /** Why the job's state is not in the store as it is now; null where it is. */
  private unsaved: unknown = null

  private constructor(options: RunnerOptions, record: JobRecord, start: JobStart) {
    this.options = options
    this.record = record
    this.job = start
    this.board = new Board(options.rooms.clock, options.joinUrl, this.jobRow(start, record))
  }

  /**
   * Takes up the store's latest job if `wanted` is null or is that job's config; else makes a new one, which begins with `weights`
   * where its config says so.
   */
  static async open(
    options: RunnerOptions,
    wanted: JobConfig | null,
    fallback: JobConfig,
    weights: NamedTensors | null = null,
  ): Promise<JobRunner> {
    const { records } = options.rooms
    const latest = await records.latestJob()
    const same = latest && (wanted === null || isSame(latest.config, wanted))
    const { record, start } =
      latest && same
        ? { record: latest, start: await restoreJob(options.rooms, latest) }
        : await createJob(options.rooms, wanted ?? fallback, { weights })
    const runner = new JobRunner(options, record, start)
    await runner.showPast()
    runner.workflow = runner.makeWorkflow(start)
    runner.changed()
    runner.sayBeginning()
    if (start.version.number > 0)
      runner.board.say('info', `The job goes on where it was, at version ${start.version.number}.`)
    return runner
  }

  /** Of weights that were given: which of the model's these are. */
  private sayBeginning(): void {
    const { initial, layout } = this.job.frame
    if (initial === null || this.job.version.number > 0) return
    const { from, seeded, ignored } = initial
    const all = layout.length
    const some = seeded.length === 0 ? 'all' : `${all - seeded.length} of`
    const others = seeded.length === 0 ? '' : ` The seed made ${seeded.join(', ')}.`
    const left = ignored.length === 0 ? '' : ` Left aside: ${ignored.join(', ')}.`
    this.board.say('info', `Version 0 has ${some} ${all} tensors from ${from}.${others}${left}`)
  }

  snapshot(): DashboardSnapshot {
    return this.board.snapshot()
  }

  jobInfo(): JobInfo {
    const connected = [...this.presence.values()].filter((p) => p.connected).length
    const { id, config, frame } = this.job
    return jobInfo(id, config, frame, this.workflow, connected, this.board.allVersions(), this.options.demo)
  }

  /** Carries out an admin's command. Throws 'job/wrong-state' where it makes no sense now. */
  command(command: RunnerCommand): Promise<void> {
    // One after the other: the state that a command was allowed in must still be there when it is carried out.
    const next = this.commands.then(() => this.carryOut(command))
    this.commands = next.catch(() => {})
    return next
  }

  private async carryOut(command: RunnerCommand): Promise<void> {
    const { state, held } = this.workflow.state()
    const allowed = ALLOWED[command.type]
    // A job that waits for its start can only be started or ended; one that waits for clients has been.
    const fits = state === 'waiting' ? (command.type === 'start') === held || command.type === 'stop' : true
    if (!allowed.includes(state) || !fits) {
      throw new TributaryError(
        'job/wrong-state',
        `The job is ${held ? 'not started yet' : state}; “${command.type}” does nothing for it.`,
      )
    }
    this.board.say('info', `Command: ${command.type}${command.type === 'more' ? ` (${command.rounds} rounds)` : ''}.`)
    if (command.type === 'again') return this.runAgain()
    this.workflow.command(command)
    // Whoever is told that it is done may end the coordinator at once.
    await this.saving
    if (this.unsaved !== null) throw this.unsaved
  }

  async close(): Promise<void> {
    await this.workflow.close()
    await this.saving
  }

  ineligible(client: Pick<ClientInfo, 'capabilities' | 'dataset'>): string {
    return this.workflow.ineligible(client)
  }

  joined(client: ClientInfo): void {
    const now = this.options.rooms.clock.now()
    this.presence.set(client.id, { connected: true, wanted: client.available })
    const { capabilities, dataset } = client
    // The same client after more than its grace time: what it did stays on its row.
    const before = this.board.client(client.id)
    this.board.addClient({
      id: client.id,
      state: client.available ? 'idle' : 'paused',
      rates: [],
      ...computingOf(capabilities),
      examples: dataset.train,
      examplesPerSecond: capabilities.examplesPerSecond ?? null,
      contributed: before?.contributed ?? 0,
      bytesUp: before?.bytesUp ?? 0,
      bytesDown: before?.bytesDown ?? 0,
      joinedAt: before?.joinedAt ?? now,
      lastSeen: now,
      note: this.workflow.ineligible(client),
    })
    // Its hello was answered with what is true now, which need not be what the others were told last.
    this.announced = ''
    this.options.rooms.log.milestone('client-joined', { job: this.job.id, client: client.id })
    this.board.say(
      'info',
      `Client ${this.board.client(client.id)?.ordinal} joined with ${dataset.train} examples, on ${capabilities.backend} (${capabilities.adapter}).`,
    )
    this.workflow.join(client)
  }

  computesOtherwise(client: ClientInfo): void {
    const { id, capabilities } = client
    const ineligible = this.workflow.ineligible(client)
    this.board.setCapabilities(id, capabilities)
    if (ineligible !== '') this.board.setClient(id, { note: ineligible })
    this.workflow.adapt(this.present(client))
  }

  resumed(clientId: string): void {
    this.announced = ''
    this.options.rooms.log.info({ job: this.job.id, client: clientId }, 'A client is back.')
    this.board.setJob({ sessionsResumed: this.board.jobRow().sessionsResumed + 1 })
    this.setPresence(clientId, { connected: true })
    this.workflow.remind(clientId)
  }

  lost(clientId: string): void {
    this.options.rooms.log.info({ job: this.job.id, client: clientId }, 'A client’s connection was lost.')
    this.setPresence(clientId, { connected: false })
  }

  gone(clientId: string, reason: string): void {
    this.options.rooms.log.info({ job: this.job.id, client: clientId, reason }, 'A client is gone.')
    this.presence.delete(clientId)
    this.board.say('info', `Client ${this.board.client(clientId)?.ordinal} is gone: ${reason}`)
    this.workflow.leave(clientId, reason)
    this.board.clientGone(clientId, reason)
    this.changed()
  }

  seen(clientId: string): void {
    this.board.setClient(clientId, {})
  }

  available(clientId: string, available: boolean): void {
    this.setPresence(clientId, { wanted: available })
  }

  accepted(clientId: string): void {
    this.board.setActivity(clientId, 'download')
  }

  declined(clientId: string, { taskId, code, reason }: Decline): void {
    this.workflow.decline(clientId, taskId, code, reason)
  }

  progress(clientId: string, progress: Progress): void {
    this.workflow.progress(clientId, progress)
  }

  wants(clientId: string, taskId: string): boolean {
    return this.workflow.wants(clientId, taskId)
  }

  updateOffered(clientId: string, begin: UpdateBegin): Promise<BeginVerdict> {
    return this.workflow.offer(clientId, begin)
  }

  updateArrived(clientId: string, begin: UpdateBegin, source: UpdateSource | null): Promise<Receipt> {
    return this.workflow.receive(clientId, begin, source)
  }

  fault(clientId: string, sentence: string): void {
    this.options.rooms.log.warn({ client: clientId }, sentence)
    this.board.setClient(clientId, { note: sentence })
  }

  private setPresence(clientId: string, change: Partial<Presence>): void {
    const presence = this.presence.get(clientId)
    if (!presence) return
    Object.assign(presence, change)
    this.workflow.setAvailable(clientId, presence.connected && presence.wanted)
    const working = this.workflow.working(clientId)
    const state = !presence.connected ? 'reconnecting' : !presence.wanted ? 'paused' : working ? 'train' : 'idle'
    this.board.setClient(clientId, { state })
  }

  private async runAgain(): Promise<void> {
    const made = await createJob(this.options.rooms, this.job.config, { again: this.job.id })
    await this.workflow.close()
    await this.saving
    this.record = made.record
    this.job = { ...made.start, state: 'running' }
    await this.showPast()
    this.workflow = this.makeWorkflow(this.job)
    for (const client of this.options.rooms.tasks.clients()) {
      this.workflow.join(this.present(client))
    }
    this.changed()
  }

  /** As workflows see it: a client that is away is not available. */
  private present(client: ClientInfo): ClientInfo {
    const presence = this.presence.get(client.id)
    return { ...client, available: presence?.connected === true && presence.wanted }
  }

  private makeWorkflow(start: JobStart): Workflow {
    const changed = () => this.changed()
    return this.options.makeWorkflow(start, { ...this.options.rooms, board: this.board, changed })
  }

  /** The job's versions and attempts from the store onto the board. */
  private async showPast(): Promise<void> {
    const { records } = this.options.rooms
    const versions = await records.versions(this.job.id)
    const attempts = await records.attempts(this.job.id, ROUNDS_KEPT)
    const rows = attempts.map(({ row }) => row)
    const up = rows.reduce((n, r) => n + r.bytesUp, 0)
    const down = rows.reduce((n, r) => n + r.bytesDown, 0)
    const row = this.jobRow(this.job, this.record)
    const startedAt = rows[0]?.startedAt ?? null
    const endedAt = isOver(this.record.state) ? (rows.at(-1)?.endedAt ?? null) : null
    this.board.reset({ ...row, bytesUp: up, bytesDown: down, startedAt, endedAt }, rows, versions)
  }

  /** The job's row, its record and what participants know follow from the workflow. */
  private changed(): void {
    const { state, reason, held } = this.workflow.state()
    const { rounds, round } = this.workflow
    const before = this.board.jobRow()
    const now = this.options.rooms.clock.now()
    if (before.state !== state || before.reason !== reason || before.round !== round || before.rounds !== rounds) {
      const startedAt = before.startedAt ?? (state === 'running' ? now : null)
      this.board.setJob({ state, reason, held, round, rounds, startedAt, endedAt: isOver(state) ? now : null })
    }
    this.save(state, held, reason, rounds)
    this.announce()
  }

  private save(shown: JobState, held: boolean, reason: string, rounds: number): void {
    const { record } = this
    const { records, log } = this.options.rooms
    const state = storedState(shown, held)
    const isSaved = this.unsaved === null
    if (isSaved && record.state === state && record.reason === reason && record.rounds === rounds) return
    this.record = { ...record, state, reason, rounds }
    const next = this.record
    this.saving = this.saving
      .then(() => records.putJob(next))
      .then(() => {
        this.unsaved = null
        if (shown === 'pausing' || shown === 'paused') log.milestone(shown, { job: next.id })
      })
      .catch((thrown) => {
        // The next change tries again.
        this.unsaved = thrown
        log.error({ job: next.id, error: String(thrown) }, 'The job’s state could not be saved.')
      })
  }

  private announce(): void {
    if (this.announcing) return
    this.announcing = true
    this.options.rooms.clock.after(Math.max(ANNOUNCE_MS, this.presence.size * ANNOUNCE_MS_EACH), () => {
      this.announcing = false
      const info = this.jobInfo()
      const text = JSON.stringify(info)
      if (text !== this.announced) this.options.rooms.tasks.announceJob(info)
      this.announced = text
    })
  }

  private jobRow(start: JobStart, record: JobRecord): JobRow {
    const { id, config, frame, version, rounds } = start
    const { demo } = this.options
    return {
      id,
      name: config.name,
      description: config.description,
      state: record.state,
      reason: record.reason,
      round: version.number,
      rounds,
      minClients: config.minClients,
      metrics: config.metrics,
      held: start.state === 'waiting',
      startedAt: null,
      endedAt: null,
      parameters: flatLength(frame.layout),
      updateBytes: flatLength(frame.layout) * 4,
      testData: demo.test ? { name: demo.testName, examples: demo.test.count } : null,
      bytesUp: 0,
      bytesDown: 0,
      dropouts: { gone: 0, declined: 0, rejected: 0, cutOff: 0 },
      dropoutPhases: { download: 0, train: 0, upload: 0 },
      sessionsResumed: 0,
      config,
    }
  }
}

/** Whether the stored config, which may be of an earlier release, is the one that is wanted. */
function isSame(stored: unknown, wanted: JobConfig): boolean {
  return JSON.stringify(parseJobConfig(stored, 'The job in the store')) === JSON.stringify(wanted)
}

/** What a restart finds. A job that waits for clients only is under way: it goes on when they come. */
function storedState(state: JobState, held: boolean): StoredJobState {
  if (state === 'pausing') return 'paused'
  return state === 'waiting' && !held ? 'running' : state
}

const ALLOWED: { readonly [K in RunnerCommand['type']]: readonly string[] } = {
  start: ['waiting', 'failed'],
  pause: ['running', 'waiting'],
  resume: ['paused', 'pausing'],
  stop: ['waiting', 'running', 'pausing', 'paused'],
  more: ['waiting', 'running', 'finished', 'stopped', 'failed'],
  again: ['finished', 'stopped', 'failed'],
}
