/**
 * Synchronous federated averaging (McMahan et al. 2017). The rounds' logic is the state machine of shared/rounds;
 * here its effects are carried out: tasks sent, updates checked and summed, versions made durable.
 */

import type { Aggregator } from '../../shared/aggregation/aggregator.ts'
import { makeGrid } from '../../shared/aggregation/grid.ts'
import { type ServerOptimizer, sgdServerOptimizer } from '../../shared/aggregation/server-optimizer.ts'
import { WeightedMean } from '../../shared/aggregation/weighted-mean.ts'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { trainSettings } from '../../shared/jobs/settings.ts'
import type { JobState, Progress, Receipt, Task, UpdateBegin } from '../../shared/protocol/participant.ts'
import { deriveSeed } from '../../shared/random/random.ts'
import { createRounds, type JobProgress, step } from '../../shared/rounds/machine.ts'
import { isHeld, jobState, openTask } from '../../shared/rounds/query.ts'
import type { Effect, RoundsEvent, RoundsState } from '../../shared/rounds/state.ts'
import type { FlatParams } from '../../shared/tensors/flat.ts'
import { flatLength, statisticSpans } from '../../shared/tensors/layout.ts'
import { checkUpdate } from '../../shared/updates/check.ts'
import type { BeginVerdict, ClientInfo } from '../gateway/ports.ts'
import type { Version } from '../jobs/versions.ts'
import type { VersionRecord } from '../storage/records.ts'
import { AttemptView } from './attempt-view.ts'
import { ClientScores } from './scores.ts'
import type { JobStart, Workflow, WorkflowCommand, WorkflowRooms } from './workflow.ts'

type Opening = Extract<Effect, { type: 'open' }>

/** What is kept of the attempt that is open or being committed. */
interface OpenAttempt {
  readonly opening: Opening
  readonly view: AttemptView
  readonly tasks: ReadonlyMap<string, { readonly task: Task; readonly examples: number }>
  /** Absent for evaluation, which sums nothing. */
  readonly aggregator: Aggregator | null
  readonly scores: ClientScores
  readonly receipts: Map<string, Receipt>
  stopTimer: () => void
  /** When its record was durable and its tasks went out; null before. */
  recordedAt: number | null
}

const NOTHING = () => {}

export class FedAvg implements Workflow {
  private readonly job: JobStart
  private readonly rooms: WorkflowRooms
  private readonly machine: RoundsState
  private readonly optimizer: ServerOptimizer = sgdServerOptimizer(1)
  private readonly elements: number
  private current: Version
  private attempt: OpenAttempt | null = null
  /** Receipts of the attempt before: late repeats are answered from memory, older ones from the store. */
  private lastReceipts: ReadonlyMap<string, Receipt> = new Map()
  /** Examples that each client declared for evaluation. */
  private readonly validation = new Map<string, number>()
  private readonly busy = new Set<Promise<void>>()
  private closed = false

  constructor(job: JobStart, rooms: WorkflowRooms) {
    this.job = job
    this.rooms = rooms
    this.current = job.version
    this.elements = flatLength(job.frame.layout)
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
      },
      { rounds: job.rounds, committed: job.version.number, lastAttempt: job.lastAttempt, ...control(job) },
    )
    const row = rooms.board.allVersions().find((v) => v.version === job.version.number)
    if (!row?.test) this.background(this.test(job.version))
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

  join({ id, dataset }: ClientInfo): void {
    this.validation.set(id, dataset.validation)
    this.dispatch({ type: 'client-joined', clientId: id, examples: dataset.train, available: true })
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

  async offer(clientId: string, begin: UpdateBegin): Promise<BeginVerdict> {
    const receipt = await this.settled(clientId, begin.taskId)
    if (receipt) return { kind: 'receipt', receipt }
    if (begin.layout !== this.job.frame.layoutDigest) {
      return { kind: 'receipt', receipt: this.reject(clientId, begin, WRONG_LAYOUT) }
    }
    const expected = this.attempt?.opening.kind === 'train' ? 'f32' : 'none'
    if (begin.encoding !== expected) {
      const why = new TributaryError(
        'update/wrong-layout',
        `This task is answered in the encoding ${expected}, not ${begin.encoding}.`,
      )
      return { kind: 'receipt', receipt: this.reject(clientId, begin, why) }
    }
    this.attempt?.view.uploading(clientId, begin)
    return { kind: 'take', elements: this.elements }
  }

  async receive(clientId: string, begin: UpdateBegin, params: FlatParams | null): Promise<Receipt> {
    const settled = await this.settled(clientId, begin.taskId)
    const attempt = this.attempt
    if (settled || !attempt) return settled ?? STALE
    const update = {
      paramsType: params ? 'diff' : 'none',
      params,
      numExamples: begin.numExamples,
      metrics: begin.metrics,
    } as const
    try {
      const declaredExamples = attempt.tasks.get(begin.taskId)?.examples ?? 0
      checkUpdate(update, { ...this.job.config.limits, declaredExamples })
      attempt.aggregator?.add({ taskId: begin.taskId, coefficient: begin.numExamples, update })
    } catch (thrown) {
      if (thrown instanceof TributaryError) return this.reject(clientId, begin, thrown)
      throw thrown
    }
    attempt.scores.add(begin.metrics, this.validation.get(clientId) ?? 0)
    attempt.receipts.set(begin.taskId, { status: 'accepted' })
    attempt.view.counted(clientId, begin)
    this.dispatch({ type: 'answered', taskId: begin.taskId })
    return { status: 'accepted' }
  }

  command(command: WorkflowCommand): void {
    this.dispatch(command)
  }

  async close(): Promise<void> {
    this.closed = true
    this.attempt?.stopTimer()
    // What is under way may begin something more.
    while (this.busy.size > 0) await Promise.all(this.busy)
  }

  /** The answer to a task that is not open for this client any more; null where it is. */
  private async settled(clientId: string, taskId: string): Promise<Receipt | null> {
    const first = this.attempt?.receipts.get(taskId) ?? this.lastReceipts.get(taskId)
    if (first) return first.status === 'accepted' ? DUPLICATE : first
    if (openTask(this.machine, taskId)?.clientId === clientId) return null
    if (await this.rooms.records.counted(this.job.id, taskId)) return DUPLICATE
    // Rule R5: whoever is behind gets the current task at once.
    this.remind(clientId)
    return STALE
  }

  private reject(clientId: string, begin: UpdateBegin, why: TributaryError): Receipt {
    const receipt: Receipt = { status: 'rejected', code: why.code, message: why.message }
    this.rooms.log.warn(
      { job: this.job.id, client: clientId, task: begin.taskId, code: why.code },
      `An update was rejected: ${why.message}`,
    )
    this.rooms.board.say(
      'warn',
      `An update of client ${this.rooms.board.client(clientId)?.ordinal} was rejected: ${why.message}`,
    )
    this.attempt?.receipts.set(begin.taskId, receipt)
    this.attempt?.view.dropped(clientId, 'rejected', why.message)
    this.dispatch({ type: 'declined', taskId: begin.taskId })
    return receipt
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
        return this.background(this.commit(effect.attempt, effect.taskIds))
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
    const { job, rooms } = this
    const { config } = job
    this.lastReceipts = this.attempt?.receipts ?? this.lastReceipts
    const tasks = new Map(
      opening.tasks.map(({ taskId, clientId, examples }) => [
        taskId,
        { task: this.taskFor(opening, taskId, clientId), examples },
      ]),
    )
    const total = opening.tasks.reduce((n, t) => n + t.examples, 0)
    const identity = { job: job.id, round: opening.round, attempt: opening.attempt }
    const attempt: OpenAttempt = {
      opening,
      view: new AttemptView(job.id, opening, rooms.board, rooms.clock),
      tasks,
      aggregator:
        opening.kind === 'train'
          ? new WeightedMean(identity, makeGrid(total, config.limits.maxElement), this.elements)
          : null,
      scores: new ClientScores(),
      receipts: new Map(),
      stopTimer: NOTHING,
      recordedAt: null,
    }
    this.attempt = attempt
    rooms.log.info({ ...identity, kind: opening.kind, clients: opening.tasks.length }, 'An attempt was opened.')
    try {
      await rooms.records.putAttempt(attempt.view.record())
    } catch (thrown) {
      // Without its record it must not begin (R8); with no tasks sent it would never end by itself (R2).
      rooms.log.error({ ...identity, error: String(thrown) }, 'An attempt could not be recorded.')
      return this.dispatch({ type: 'open-failed', attempt: opening.attempt, reason: errorInfo(thrown).message })
    }
    attempt.recordedAt = rooms.clock.now()
    // It may have ended while it was being recorded.
    if (this.closed || this.attempt !== attempt) return
    attempt.stopTimer = rooms.clock.after(opening.deadlineMs, () => {
      this.dispatch({ type: 'deadline', attempt: opening.attempt })
    })
    for (const { taskId, clientId } of opening.tasks) {
      const sent = tasks.get(taskId)
      if (sent && openTask(this.machine, taskId)) rooms.tasks.sendTask(clientId, sent.task)
    }
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

  private async commit(number: number, taskIds: readonly string[]): Promise<void> {
    const { job, rooms, attempt } = this
    if (!attempt?.aggregator) return
    attempt.stopTimer()
    attempt.view.update({ state: 'committing' })
    const before = this.current
    try {
      const { aggregator, opening } = attempt
      const params = this.optimizer.step(before.params, aggregator.finish(), statisticSpans(job.frame.layout))
      const version = await rooms.versions.put(job.frame, before.number + 1, before.digest, params)
      const record: VersionRecord = {
        job: job.id,
        version: version.number,
        digest: version.digest,
        round: opening.round,
        attempt: number,
        createdAt: rooms.clock.now(),
        updates: taskIds.length,
        examples: aggregator.totalCoefficient,
        bytes: version.bytes,
        test: null,
        clients: null,
      }
      const ended = { state: 'committed', version: version.number, endedAt: rooms.clock.now() } as const
      const { row, ...stored } = attempt.view.record()
      await rooms.records.commitVersion(record, { ...stored, row: { ...row, ...ended } }, taskIds)
      // Durable: now it may be told (R7).
      this.current = version
      attempt.view.ended(ended)
      rooms.board.putVersion(record)
      rooms.log.info(
        { job: job.id, round: opening.round, version: version.number, updates: taskIds.length },
        'A version was committed.',
      )
      this.score(before.number, attempt.scores)
      this.background(this.test(version))
      this.dispatch({ type: 'committed', attempt: number })
    } catch (thrown) {
      const { message } = errorInfo(thrown)
      rooms.log.error({ job: job.id, attempt: number, error: String(thrown) }, 'A round could not be committed.')
      attempt.view.ended({ state: 'abandoned', reason: message, version: null })
      attempt.receipts.clear()
      this.dispatch({ type: 'commit-failed', attempt: number, reason: message })
    }
  }

  /** What the clients said of a version, once no more of them will. */
  private score(version: number, scores: ClientScores): void {
    const clients = scores.result()
    if (!clients) return
    const row = this.rooms.board.setVersion(version, { clients })
    if (row) this.background(this.rooms.records.putScores(this.job.id, version, row))
    this.rooms.changed()
  }

  private async test(version: Version): Promise<void> {
    if (this.closed) return
    const { frame, config } = this.job
    const evaluation = await this.rooms.models.evaluate(frame.topology, version.params, frame.baseParams, config)
    if (!evaluation || this.closed) return
    const row = this.rooms.board.setVersion(version.number, { test: evaluation })
    this.rooms.changed()
    if (row) await this.rooms.records.putScores(this.job.id, version.number, row)
  }

  private finishEvaluation(): void {
    const { attempt } = this
    if (!attempt) return
    attempt.stopTimer()
    attempt.view.ended({ state: 'committed', version: this.current.number })
    this.score(this.current.number, attempt.scores)
    this.background(this.rooms.records.putAttempt(attempt.view.record()))
  }

  private abandoned(reason: string): void {
    const { attempt } = this
    if (!attempt) return
    attempt.stopTimer()
    attempt.view.ended({ state: 'abandoned', reason })
    // What was accepted for it has not counted: whoever offers it again is behind, not early.
    attempt.receipts.clear()
    this.rooms.board.say(
      'warn',
      `Round ${attempt.opening.round}${attempt.opening.tries > 1 ? `, attempt ${attempt.opening.tries}` : ''}: abandoned, ${reason}.`,
    )
    this.background(this.rooms.records.putAttempt(attempt.view.record()))
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

const DUPLICATE: Receipt = { status: 'duplicate', message: 'This update was counted before; it counts once.' }
const STALE: Receipt = {
  status: 'stale',
  code: 'round/stale',
  message: 'The round of this update has ended. The next task is on its way.',
}
const WRONG_LAYOUT = new TributaryError(
  'update/wrong-layout',
  'The update was made for another arrangement of tensors than this job’s. Reload the page to get the job’s model.',
)

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
