/** What a workflow keeps of the attempt that is open or being committed. */
import type { Aggregator } from '../../shared/aggregation/aggregator.ts'
import type { Grid } from '../../shared/aggregation/grid.ts'
import type { Task } from '../../shared/protocol/participant.ts'
import type { Effect } from '../../shared/rounds/state.ts'
import type { AttemptPlan, AttemptRecord, CountedRecord } from '../storage/records.ts'
import type { AttemptView } from './attempt-view.ts'
import { Receipts } from './receipts.ts'
import { ClientScores } from './scores.ts'
import { type Line, Summation } from './summation.ts'

export type Opening = Extract<Effect, { type: 'open' }>

export interface IssuedTask {
  readonly task: Task
  readonly clientId: string
  /** Declared before the selection: an update may not claim more. */
  readonly examples: number
}

export interface AttemptParts {
  readonly opening: Opening
  readonly view: AttemptView
  readonly tasks: ReadonlyMap<string, IssuedTask>
  /** The job's, by name. */
  readonly metrics: readonly string[]
  /** The digest of the version that the tasks start from. */
  readonly base: string
  /** null where nothing is summed: evaluation. */
  readonly sums: { readonly grid: Grid; readonly aggregator: Aggregator; readonly line: Line } | null
  /** The sums are not to be trusted any more. */
  readonly onSumsLost: (reason: string) => void
}

export class OpenAttempt {
  readonly opening: Opening
  readonly view: AttemptView
  readonly tasks: ReadonlyMap<string, IssuedTask>
  readonly summation: Summation | null
  readonly scores: ClientScores
  readonly receipts = new Receipts()
  stopTimer: () => void = () => {}
  /** When its record was durable and its tasks could go out; null before. */
  recordedAt: number | null = null
  private readonly parts: AttemptParts

  constructor(parts: AttemptParts) {
    this.parts = parts
    this.opening = parts.opening
    this.view = parts.view
    this.tasks = parts.tasks
    this.scores = new ClientScores(parts.metrics)
    this.summation = parts.sums && new Summation(parts.sums.aggregator, parts.sums.line, parts.onSumsLost)
  }

  /** As it must be durable before a task goes out (R8). */
  openRecord(target: number, quorum: number): AttemptRecord {
    const { kind, tries, deadlineMs, tasks } = this.opening
    const plan: AttemptPlan = {
      kind,
      tries,
      target,
      quorum,
      deadlineMs,
      base: this.parts.base,
      grid: this.parts.sums?.grid ?? null,
      tasks,
    }
    return this.view.record(plan)
  }

  /** As it stays in the store. */
  endedRecord(): AttemptRecord {
    return this.view.record(null)
  }

  counted(taskIds: readonly string[]): CountedRecord[] {
    const wanted = new Set(taskIds)
    return this.receipts
      .accepted()
      .flatMap(({ taskId, acceptance }) =>
        wanted.has(taskId) ? [{ taskId, sha256: acceptance.sha256, at: acceptance.at }] : [],
      )
  }
}
