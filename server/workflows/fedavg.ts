/**
 * Synchronous federated averaging (McMahan et al. 2017). The rounds' logic is the state machine of shared/rounds;
 * here its effects are carried out: tasks sent, updates checked and summed, versions made durable.
 */

import type { Aggregator } from '../../shared/aggregation/aggregator.ts'
import { type Grid, makeGrid } from '../../shared/aggregation/grid.ts'
import { type ServerOptimizer, sgdServerOptimizer } from '../../shared/aggregation/server-optimizer.ts'
import { type AttemptIdentity, WeightedMean } from '../../shared/aggregation/weighted-mean.ts'
import { errorInfo } from '../../shared/errors/error.ts'
import { trainSettings } from '../../shared/jobs/settings.ts'
import type { VersionRow } from '../../shared/protocol/dashboard.ts'
import type { JobState, Progress, Receipt, Task, TaskSettled, UpdateBegin } from '../../shared/protocol/participant.ts'
import { deriveSeed } from '../../shared/random/random.ts'
import { ineligibility } from '../../shared/rounds/eligible.ts'
import { createRounds, type JobProgress, step } from '../../shared/rounds/machine.ts'
import { currentAttempt, isHeld, jobState, openTask } from '../../shared/rounds/query.ts'
import type { Effect, RoundsEvent, RoundsState } from '../../shared/rounds/state.ts'
import type { FlatParams } from '../../shared/tensors/flat.ts'
import { flatLength, statisticSpans } from '../../shared/tensors/layout.ts'
import type { UpdateSource } from '../../shared/updates/source.ts'
import type { BeginVerdict, ClientInfo } from '../gateway/ports.ts'
import type { Version } from '../jobs/versions.ts'
import type { LogIds, Milestone } from '../logging/log.ts'
import type { AttemptRecord, VersionRecord } from '../storage/records.ts'
import { AttemptView } from './attempt-view.ts'
import { Intake } from './intake.ts'
import { OpenAttempt, type Opening } from './open-attempt.ts'
import type { ClientScores } from './scores.ts'
import { Line } from './summation.ts'
import { VersionTests } from './version-tests.ts'
import type { JobStart, Workflow, WorkflowCommand, WorkflowRooms } from './workflow.ts'

/** After a restart clients are awaited for this long beside the grace time: they come back spread over some seconds. */
const RETURN_MS = 10_000

export class FedAvg implements Workflow {
  private readonly job: JobStart
  private readonly rooms: WorkflowRooms
  private readonly machine: RoundsState
  private readonly optimizer: ServerOptimizer = sgdServerOptimizer(1)
  private readonly intake: Intake
  private readonly tests: VersionTests
  private readonly elements: number
  private current: Version
  private attempt: OpenAttempt | null = null
  private sums: Aggregator | null = null
  private readonly line = new Line()
  private stopAwaiting: () => void = () => {}
  /** Examples that each client declared for evaluation. */
  private readonly validation = new Map<string, number>()
  private readonly busy = new Set<Promise<void>>()
  private closed = false

  constructor(job: JobStart, rooms: WorkflowRooms) {
    this.job = job
    this.rooms = rooms
    this.current = job.version
    this.elements = flatLength(job.frame.layout)
    this.intake = new Intake({
      job,
      rooms,
      attempt: () => this.attempt,
      isOpen: (taskId, clientId) => this.wants(clientId, taskId),
      validation: (clientId) => this.validation.get(clientId) ?? 0,
      remind: (clientId) => this.remind(clientId),
      closed: (taskId, how) => this.dispatch({ type: how, taskId }),
    })
    const { config } = job
    this.machine = createRounds(
      {
        job: job.id,
        seed: config.seed,
        minClients: config.minClients,
        clientsPerRound: config.clientsPerRound,
        overSelection: config.overSelection,
        deadlineMs: config.deadlineSeconds * 1000,
        maxAbandonedAttempts: config.maxAbandonedAttempts,
        finalEvaluation: config.validationSplit > 0,
        sampler: config.sampler,
      },
      {
        rounds: job.rounds,
        committed: job.version.number,
        lastAttempt: job.lastAttempt,
        ...control(job),
        ...(job.past ? { past: job.past.rounds } : {}),
      },
    )
    if (job.past?.open && currentAttempt(this.machine)) this.resume(job.past.open)
    if (this.machine.awaited.size > 0) this.awaitReturns()
    const row = rooms.board.allVersions().find((v) => v.version === job.version.number)
    this.tests = this.makeTests()
    if (!row?.test) this.background(this.tests.add(job.version))
  }

  get version(): Version {
    return this.current
  }

  get round(): number {
    return this.machine.committed
  }

  get rounds(): number {
    return this.machine.rounds
  }

  state(): { state: JobState; reason: string; held: boolean } {
    return { ...jobState(this.machine), held: isHeld(this.machine) }
  }

  ineligible({ capabilities, dataset }: Pick<ClientInfo, 'capabilities' | 'dataset'>): string {
    return ineligibility(this.job.config.eligibility, capabilities, dataset)
  }

  join(client: ClientInfo): void {
    const { id, dataset } = client
    const taskId = this.machine.clients.get(id)?.task
    const issued = taskId ? this.attempt?.tasks.get(taskId) : undefined
    // Back after a restart, it cannot keep with other data what it had promised.
    if (issued && issued.examples !== dataset.train) this.leave(id, 'It came back with other data.')
    this.validation.set(id, dataset.validation)
    this.adapt(client)
    // It may have a task from before a restart.
    this.remind(id)
  }

  adapt(client: ClientInfo): void {
    const { id, dataset, available } = client
    const eligible = this.ineligible(client) === ''
    this.dispatch({ type: 'client-joined', clientId: id, examples: dataset.train, eligible, available })
  }

  setAvailable(clientId: string, available: boolean): void {
    this.dispatch({ type: 'client-available', clientId, available })
  }

  remind(clientId: string): void {
    const taskId = this.machine.clients.get(clientId)?.task
    const sent = taskId ? this.attempt?.tasks.get(taskId) : undefined
    const since = this.attempt?.recordedAt ?? null
    if (!sent || since === null) return
    const deadlineMs = Math.max(0, Math.round(sent.task.deadlineMs - (this.rooms.clock.now() - since)))
    this.rooms.tasks.sendTask(clientId, { ...sent.task, deadlineMs })
  }

  leave(clientId: string, reason: string): void {
    const taskId = this.machine.clients.get(clientId)?.task
    if (taskId && openTask(this.machine, taskId)) this.attempt?.view.dropped(clientId, 'gone', reason)
    this.validation.delete(clientId)
    this.dispatch({ type: 'client-gone', clientId })
  }

  working(clientId: string): boolean {
    return (this.machine.clients.get(clientId)?.task ?? null) !== null
  }

  progress(clientId: string, progress: Progress): void {
    if (openTask(this.machine, progress.taskId)?.clientId === clientId) this.attempt?.view.progress(clientId, progress)
  }

  decline(clientId: string, taskId: string, code: string, reason: string): void {
    if (openTask(this.machine, taskId)?.clientId !== clientId) return
    this.rooms.log.warn({ job: this.job.id, client: clientId, task: taskId, code }, `A task was declined: ${reason}`)
    this.attempt?.view.dropped(clientId, 'declined', reason)
    this.dispatch({ type: 'declined', taskId })
  }

  wants(clientId: string, taskId: string): boolean {
    return openTask(this.machine, taskId)?.clientId === clientId
  }

  offer(clientId: string, begin: UpdateBegin): Promise<BeginVerdict> {
    return this.intake.offer(clientId, begin)
  }

  receive(clientId: string, begin: UpdateBegin, source: UpdateSource | null): Promise<Receipt> {
    return this.intake.receive(clientId, begin, source)
  }

  command(command: WorkflowCommand): void {
    this.dispatch(command)
  }

  async close(): Promise<void> {
    this.closed = true
    this.attempt?.stopTimer()
    this.stopAwaiting()
    this.tests.close()
    // What is under way may begin something more.
    while (this.busy.size > 0) await Promise.all(this.busy)
  }

  private dispatch(event: RoundsEvent): void {
    if (this.closed) return
    for (const effect of step(this.machine, event)) this.perform(effect)
    this.rooms.changed()
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case 'open':
        return this.background(this.open(effect))
      case 'cancel':
        for (const { taskId, clientId } of effect.tasks) {
          this.attempt?.view.dropped(clientId, 'cut-off', effect.reason)
          this.rooms.tasks.cancelTask(clientId, { taskId, reason: effect.reason })
        }
        return
      case 'commit':
        return this.background(this.commit(effect.taskIds))
      case 'evaluated':
        return this.finishEvaluation()
      case 'abandoned':
        return this.abandoned(effect.reason)
      case 'ended':
        this.rooms.board.say(effect.outcome === 'failed' ? 'error' : 'info', endSentence(effect.outcome, effect.reason))
        return
      default:
        effect satisfies never
    }
  }

  private async open(opening: Opening): Promise<void> {
    const { rooms } = this
    const examples = opening.tasks.reduce((n, t) => n + t.examples, 0)
    const grid = opening.kind === 'train' ? makeGrid(examples, this.job.config.limits.maxElement) : null
    const attempt = this.begin(opening, grid, false)
    const ids = this.ids(opening)
    rooms.log.info({ ...ids, kind: opening.kind, clients: opening.tasks.length }, 'An attempt was opened.')
    this.milestone('selected')
    const planned = currentAttempt(this.machine)
    try {
      await rooms.records.putAttempt(attempt.openRecord(planned?.target ?? 0, planned?.quorum ?? 0))
    } catch (thrown) {
      // Without its record it must not begin (R8); with no tasks sent it would never end by itself (R2).
      rooms.log.error({ ...ids, error: String(thrown) }, 'An attempt could not be recorded.')
      return this.dispatch({ type: 'open-failed', attempt: opening.attempt, reason: errorInfo(thrown).message })
    }
    // It may have ended while it was being recorded.
    if (this.closed || this.attempt !== attempt) return
    this.milestone('attempt-recorded')
    this.run(attempt)
    for (const { taskId, clientId } of opening.tasks) {
      const issued = attempt.tasks.get(taskId)
      if (issued && openTask(this.machine, taskId)) rooms.tasks.sendTask(clientId, issued.task)
    }
    this.milestone('tasks-sent')
  }

  /** Takes up the attempt that was open when the coordinator ended, under the same ids (R8); its sums begin anew. */
  private resume({ row, plan, round, attempt }: AttemptRecord): void {
    if (!plan) return
    const { kind, tries, tasks, deadlineMs } = plan
    const opening: Opening = { type: 'open', kind, round, attempt, tries, tasks, deadlineMs }
    this.rooms.log.info({ ...this.ids(opening), clients: tasks.length }, 'An attempt goes on after a restart.')
    this.rooms.board.say('info', `Round ${round} goes on where it was, with its ${row.bars.length} participants.`)
    this.run(this.begin(opening, plan.grid, true))
  }

  private begin(opening: Opening, grid: Grid | null, resumed: boolean): OpenAttempt {
    const { job, rooms } = this
    const identity = { job: job.id, round: opening.round, attempt: opening.attempt }
    const attempt = new OpenAttempt({
      opening,
      view: new AttemptView(job.id, opening, rooms.board, rooms.clock, resumed),
      tasks: new Map(
        opening.tasks.map(({ taskId, clientId, examples }) => [
          taskId,
          { task: this.taskFor(opening, taskId, clientId), clientId, examples },
        ]),
      ),
      metrics: job.config.metrics,
      base: this.current.digest,
      sums: grid && { grid, aggregator: this.sumsFor(identity, grid), line: this.line },
      onSumsLost: (reason) => this.dispatch({ type: 'sums-lost', attempt: opening.attempt, reason }),
    })
    this.attempt = attempt
    return attempt
  }

  /** One set of sums serves all attempts of the job, one after the other: their memory is freed late where it is freed at all. */
  private sumsFor(identity: AttemptIdentity, grid: Grid): Aggregator {
    if (this.sums) this.sums.reset(identity, grid)
    else this.sums = new WeightedMean(identity, grid, this.elements)
    return this.sums
  }

  /** It is durable: from now on its deadline runs, and its tasks may be sent. */
  private run(attempt: OpenAttempt): void {
    const { opening } = attempt
    attempt.recordedAt = this.rooms.clock.now()
    attempt.stopTimer = this.rooms.clock.after(opening.deadlineMs, () => {
      this.dispatch({ type: 'deadline', attempt: opening.attempt })
    })
  }

  /** Whoever does not come back after a restart is given up. */
  private awaitReturns(): void {
    this.stopAwaiting = this.rooms.clock.after(this.job.config.graceSeconds * 1000 + RETURN_MS, () => {
      for (const clientId of [...this.machine.awaited]) {
        this.leave(clientId, 'It did not come back after the coordinator’s restart.')
      }
    })
  }

  private taskFor(opening: Opening, taskId: string, clientId: string): Task {
    const { config, id } = this.job
    return {
      taskId,
      job: id,
      kind: opening.kind,
      round: opening.round,
      totalRounds: this.machine.rounds,
      version: this.current.number,
      model: this.current.digest,
      settings: trainSettings(config, deriveSeed(config.seed, 'train', opening.round, opening.attempt, clientId)),
      deadlineMs: opening.deadlineMs,
    }
  }

  private async commit(taskIds: readonly string[]): Promise<void> {
    const { rooms, attempt } = this
    if (!attempt?.summation) return
    const ids = this.ids(attempt.opening)
    attempt.stopTimer()
    attempt.view.update({ state: 'committing' })
    this.milestone('all-answered')
    const before = this.current
    let stored: { version: Version; record: VersionRecord }
    try {
      const { aggregator } = attempt.summation
      await attempt.summation.close()
      const mean = aggregator.finish()
      const params = this.optimizer.step(before.params, mean, statisticSpans(this.job.frame.layout))
      this.milestone('aggregated')
      // Between its blobs and its record a version looks like nobody's.
      stored = await rooms.retention.writing(() => this.store(attempt, params, taskIds))
    } catch (thrown) {
      const { message } = errorInfo(thrown)
      rooms.log.error({ ...ids, error: String(thrown) }, 'A round could not be committed.')
      attempt.view.ended({ state: 'abandoned', reason: message, version: null })
      this.background(this.recordEnd(attempt, 'abandoned'))
      return this.dispatch({ type: 'commit-failed', attempt: attempt.opening.attempt, reason: message })
    }
    // Durable: now it may be told (R7).
    const { version, record } = stored
    this.current = version
    attempt.view.ended({ state: 'committed', version: version.number, endedAt: record.createdAt })
    rooms.board.putVersion(record)
    rooms.log.info({ ...ids, version: version.number, updates: taskIds.length }, 'A version was committed.')
    this.settle(attempt, taskIds, 'committed')
    this.milestone('version-told', { version: version.number })
    this.showScore(before.number, attempt.scores)
    this.background(this.tests.add(version))
    this.background(this.sweep())
    this.dispatch({ type: 'committed', attempt: attempt.opening.attempt })
  }

  /** Makes the next version durable: its blobs, then its record with the attempt and the counted tasks. */
  private async store(
    attempt: OpenAttempt,
    params: FlatParams,
    taskIds: readonly string[],
  ): Promise<{ version: Version; record: VersionRecord }> {
    const { job, rooms, current } = this
    const { opening } = attempt
    const version = await rooms.versions.put(job.frame, current.number + 1, current.digest, params)
    this.milestone('version-stored', { version: version.number })
    const endedAt = rooms.clock.now()
    const record: VersionRecord = {
      job: job.id,
      version: version.number,
      digest: version.digest,
      round: opening.round,
      attempt: opening.attempt,
      createdAt: endedAt,
      updates: taskIds.length,
      examples: attempt.summation?.aggregator.totalCoefficient ?? 0,
      bytes: version.bytes,
      test: null,
      clients: null,
      kept: true,
    }
    const { row, ...stored } = attempt.endedRecord()
    const ended = { ...row, state: 'committed', version: version.number, endedAt } as const
    const counted = attempt.counted(taskIds)
    const clients = attempt.scores.result()
    const parent = clients ? { version: current.number, clients } : undefined
    await rooms.records.commitVersion(record, { ...stored, row: ended }, counted, parent)
    this.milestone('version-recorded', { version: version.number })
    return { version, record }
  }

  /** Lets go of the versions that the job does not keep. */
  private async sweep(): Promise<void> {
    if (this.closed) return
    for (const number of await this.rooms.retention.sweep(this.job)) {
      this.rooms.board.setVersion(number, { kept: false })
    }
  }

  /** What the clients said of a version, once no more of them will. */
  private showScore(version: number, scores: ClientScores): VersionRow | undefined {
    const clients = scores.result()
    return clients ? this.rooms.board.setVersion(version, { clients }) : undefined
  }

  /**
   * Tells the senders of accepted updates what became of them; they have kept them until now. Called when that is durable:
   * an attempt that a restart would find open is not over.
   */
  private settle({ tasks }: OpenAttempt, taskIds: readonly string[], outcome: TaskSettled['outcome']): void {
    for (const taskId of taskIds) {
      const clientId = tasks.get(taskId)?.clientId
      if (clientId) this.rooms.tasks.settleTask(clientId, { taskId, outcome, version: this.current.number })
    }
  }

  /** Records that the attempt is over, then tells those whose answers were accepted. */
  private async recordEnd(attempt: OpenAttempt, outcome: TaskSettled['outcome']): Promise<void> {
    const taskIds = attempt.receipts.accepted().map(({ taskId }) => taskId)
    // What was accepted for an abandoned attempt has not counted: whoever offers it again is behind, not early.
    if (outcome === 'abandoned') attempt.receipts.clear()
    await this.rooms.records.putAttempt(attempt.endedRecord())
    this.settle(attempt, taskIds, outcome)
  }

  private makeTests(): VersionTests {
    const { job, rooms } = this
    return new VersionTests(job, rooms.models, {
      begun: ({ number }) => this.milestone('evaluating', { version: number }),
      ended: async ({ number }, test) => {
        this.milestone('evaluated', { version: number })
        const row = rooms.board.setVersion(number, { test })
        rooms.changed()
        if (row) await rooms.records.putScores(job.id, number, { test })
        await this.sweep()
      },
      leftOut: ({ number }) => {
        rooms.log.warn({ job: job.id, version: number }, 'A version is not tested: rounds are faster than tests.')
        rooms.board.say('warn', `Version ${number} is not tested: rounds are faster than tests.`)
      },
    })
  }

  private finishEvaluation(): void {
    const { attempt } = this
    if (!attempt) return
    attempt.stopTimer()
    attempt.view.ended({ state: 'committed', version: this.current.number })
    const row = this.showScore(this.current.number, attempt.scores)
    if (row) this.background(this.rooms.records.putScores(this.job.id, row.version, { clients: row.clients }))
    this.background(this.recordEnd(attempt, 'committed'))
  }

  private abandoned(reason: string): void {
    const { attempt } = this
    if (!attempt) return
    attempt.stopTimer()
    attempt.view.ended({ state: 'abandoned', reason })
    this.rooms.log.warn({ ...this.ids(attempt.opening), reason }, 'An attempt was abandoned.')
    if (attempt.summation) this.background(attempt.summation.close())
    this.rooms.board.say(
      'warn',
      `Round ${attempt.opening.round}${attempt.opening.tries > 1 ? `, attempt ${attempt.opening.tries}` : ''}: abandoned, ${reason}.`,
    )
    this.background(this.recordEnd(attempt, 'abandoned'))
  }

  private ids({ round, attempt }: Pick<Opening, 'round' | 'attempt'>): LogIds {
    return { job: this.job.id, round, attempt }
  }

  private milestone(name: Milestone, ids: LogIds = {}): void {
    const { attempt, job } = this
    this.rooms.log.milestone(name, { ...(attempt ? this.ids(attempt.opening) : { job: job.id }), ...ids })
  }

  /** Work that goes on by itself; what fails in it is logged and shown. */
  private background(work: Promise<void>): void {
    const guarded = work
      .catch((thrown) => {
        const { message } = errorInfo(thrown)
        this.rooms.log.error({ job: this.job.id, error: String(thrown) }, message)
        this.rooms.board.say('error', message)
      })
      .finally(() => this.busy.delete(guarded))
    this.busy.add(guarded)
  }
}

function control({ state, reason }: JobStart): Pick<JobProgress, 'control' | 'ended'> {
  switch (state) {
    case 'waiting':
      return { control: 'hold', ended: null }
    case 'running':
      return { control: 'run', ended: null }
    case 'paused':
      return { control: 'drain', ended: null }
    default:
      return { control: 'run', ended: { outcome: state, reason } }
  }
}

function endSentence(outcome: string, reason: string): string {
  switch (outcome) {
    case 'finished':
      return 'The job has finished: all its rounds are committed.'
    case 'stopped':
      return 'The job was stopped.'
    default:
      return `The job failed: ${reason}.`
  }
}
