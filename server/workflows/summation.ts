/**
 * The sum of one attempt's updates, one after the other: large ones take a while and come from disk, and the attempt may
 * end in the middle of one. What is not wholly in by then is taken out again (R6).
 */
import { addUpdate } from '../../shared/aggregation/add-update.ts'
import type { Aggregator } from '../../shared/aggregation/aggregator.ts'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import type { ParamsLimits } from '../../shared/updates/check.ts'
import type { UpdateSource } from '../../shared/updates/source.ts'

export interface Summand {
  readonly taskId: string
  readonly coefficient: number
  readonly source: UpdateSource
  readonly limits: ParamsLimits
  /** Whether it may still count. */
  readonly isWanted: () => boolean
  /** Called in the very moment in which it counts. */
  readonly counted: () => void
}

export class Summation {
  readonly aggregator: Aggregator
  private queue: Promise<unknown> = Promise.resolve()
  private open = true
  /** Why the sums cannot be trusted any more: bytes that were added could not be read again to be taken out. */
  private broken: TributaryError | null = null

  constructor(aggregator: Aggregator) {
    this.aggregator = aggregator
  }

  /** 'stopped': it was not wanted any more. Throws 'update/…' where it may not count; the sums are then as before. */
  add(summand: Summand): Promise<'added' | 'stopped'> {
    const turn = this.queue.then(() => this.sum(summand))
    this.queue = turn.catch(() => {})
    return turn
  }

  /** Takes nothing more; resolves when nothing is being added. Throws where the sums are not what they should be. */
  async close(): Promise<void> {
    this.open = false
    await this.queue
    if (this.broken) throw this.broken
  }

  private async sum({ taskId, coefficient, source, limits, isWanted, counted }: Summand): Promise<'added' | 'stopped'> {
    if (this.broken) throw this.broken
    if (!this.open || !isWanted()) return 'stopped'
    try {
      return await addUpdate(this.aggregator, { taskId, coefficient }, source, limits, {
        giveWay,
        keepGoing: () => this.open && isWanted(),
        onCounted: counted,
      })
    } catch (thrown) {
      const { code, message } = errorInfo(thrown)
      if (!code.startsWith('update/')) this.broken = new TributaryError(code, message, { cause: thrown })
      throw thrown
    }
  }
}

function giveWay(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
