/** Updates on their way into an attempt: whether one is wanted, whether it may count, and the verdict that its sender gets. */
import { TributaryError } from '../../shared/errors/error.ts'
import type { Receipt, UpdateBegin } from '../../shared/protocol/participant.ts'
import { isTaskOf } from '../../shared/rounds/query.ts'
import { flatLength } from '../../shared/tensors/layout.ts'
import { checkExamples } from '../../shared/updates/check.ts'
import type { UpdateSource } from '../../shared/updates/source.ts'
import { newVectors } from '../../shared/updates/vectors.ts'
import type { BeginVerdict } from '../gateway/ports.ts'
import type { OpenAttempt } from './open-attempt.ts'
import { accepted, repeated, STALE } from './receipts.ts'
import type { JobStart, WorkflowRooms } from './workflow.ts'

/** What the intake knows of its workflow. */
export interface IntakePorts {
  readonly job: JobStart
  readonly rooms: WorkflowRooms
  /** The attempt that is open or being committed, or was last. */
  attempt(): OpenAttempt | null
  /** Whether an answer of this client to this task would count now. */
  isOpen(taskId: string, clientId: string): boolean
  /** Examples that the client has declared for evaluation. */
  validation(clientId: string): number
  /** Sends the client's present task again. */
  remind(clientId: string): void
  /** The task is over. */
  closed(taskId: string, how: 'answered' | 'declined'): void
}

export class Intake {
  private readonly ports: IntakePorts

  constructor(ports: IntakePorts) {
    this.ports = ports
  }

  async offer(clientId: string, begin: UpdateBegin): Promise<BeginVerdict> {
    const receipt = await this.settled(clientId, begin.taskId)
    if (receipt) return { kind: 'receipt', receipt }
    const attempt = this.ports.attempt()
    const { frame } = this.ports.job
    // While the store was asked, its task may have ended.
    if (!this.ports.isOpen(begin.taskId, clientId)) return { kind: 'receipt', receipt: STALE }
    if (begin.layout !== frame.layoutDigest) {
      return { kind: 'receipt', receipt: this.reject(clientId, begin, WRONG_LAYOUT) }
    }
    const expected = attempt?.opening.kind === 'train' ? 'f32' : 'none'
    if (begin.encoding !== expected) {
      const sentence = `This task is answered in the encoding ${expected}, not ${begin.encoding}.`
      const why = new TributaryError('update/wrong-layout', sentence)
      return { kind: 'receipt', receipt: this.reject(clientId, begin, why) }
    }
    attempt?.view.uploading(clientId, begin)
    return { kind: 'take', vectors: attempt?.summation?.aggregator.vectors ?? newVectors(flatLength(frame.layout)) }
  }

  async receive(clientId: string, begin: UpdateBegin, source: UpdateSource | null): Promise<Receipt> {
    const { taskId } = begin
    const settled = await this.settled(clientId, taskId)
    const attempt = this.ports.attempt()
    if (settled || !attempt) return settled ?? STALE
    const isWanted = () => this.ports.attempt() === attempt && this.ports.isOpen(taskId, clientId)
    try {
      if ((await this.count(attempt, clientId, begin, source, isWanted)) === 'stopped') {
        return (await this.settled(clientId, taskId)) ?? STALE
      }
    } catch (thrown) {
      // What is no fault of the update, a disk's say, is no verdict on it.
      if (!(thrown instanceof TributaryError) || !thrown.code.startsWith('update/')) throw thrown
      // While it was being looked at, its task may have ended otherwise.
      return isWanted() ? this.reject(clientId, begin, thrown) : ((await this.settled(clientId, taskId)) ?? STALE)
    }
    return attempt.receipts.first(taskId) ?? STALE
  }

  private async count(
    attempt: OpenAttempt,
    clientId: string,
    begin: UpdateBegin,
    source: UpdateSource | null,
    isWanted: () => boolean,
  ): Promise<'added' | 'stopped'> {
    const { job, rooms } = this.ports
    const { taskId, sha256, metrics, numExamples } = begin
    checkExamples(numExamples, attempt.tasks.get(taskId)?.examples ?? 0)
    const counted = () => {
      attempt.receipts.give(taskId, accepted({ sha256, at: rooms.clock.now() }))
      attempt.scores.add(metrics, this.ports.validation(clientId))
      attempt.view.counted(clientId, begin)
      const { round, attempt: number } = attempt.opening
      rooms.log.milestone('update-counted', { job: job.id, round, attempt: number, client: clientId, task: taskId })
      this.ports.closed(taskId, 'answered')
    }
    if (source && attempt.summation) {
      return attempt.summation.add({
        taskId,
        coefficient: numExamples,
        source,
        limits: job.config.limits,
        isWanted,
        counted,
      })
    }
    counted()
    return 'added'
  }

  /** The answer to a task that is not open for this client any more; null where it is. */
  private async settled(clientId: string, taskId: string): Promise<Receipt | null> {
    const { job, rooms } = this.ports
    // What became of another client's task is not for this one to know.
    if (!isTaskOf(taskId, clientId)) {
      this.ports.remind(clientId)
      return STALE
    }
    const repeat = this.ports.attempt()?.receipts.repeat(taskId)
    if (repeat) return repeat
    if (this.ports.isOpen(taskId, clientId)) return null
    const counted = await rooms.records.counted(job.id, taskId)
    if (counted) {
      // Its sender has missed that it was committed, and would keep it for ever.
      rooms.tasks.settleTask(clientId, { taskId, outcome: 'committed', version: counted.version })
      return repeated(counted.acceptance)
    }
    // Rule R5: whoever is behind gets the current task at once.
    this.ports.remind(clientId)
    return STALE
  }

  private reject(clientId: string, begin: UpdateBegin, why: TributaryError): Receipt {
    const { job, rooms } = this.ports
    const { taskId } = begin
    const attempt = this.ports.attempt()
    const receipt: Receipt = { status: 'rejected', code: why.code, message: why.message }
    rooms.log.warn(
      { job: job.id, round: attempt?.opening.round, client: clientId, task: taskId, code: why.code },
      `An update was rejected: ${why.message}`,
    )
    rooms.board.say('warn', `An update of client ${rooms.board.client(clientId)?.ordinal} was rejected: ${why.message}`)
    attempt?.receipts.give(taskId, receipt)
    attempt?.view.dropped(clientId, 'rejected', why.message)
    this.ports.closed(taskId, 'declined')
    return receipt
  }
}

const WRONG_LAYOUT = new TributaryError(
  'update/wrong-layout',
  'The update was made for another arrangement of tensors than this job’s. Reload the page to get the job’s model.',
)
