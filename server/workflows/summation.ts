/**
 * The sum of one attempt's updates, one after the other: large ones take a while and come from disk, and the attempt may
 * end in the middle of one. What is not wholly in by then is taken out again (R6).
 */
import { addUpdate } from '../../shared/aggregation/add-update.ts'
import type { Aggregator } from '../../shared/aggregation/aggregator.ts'
import { errorInfo } from '../../shared/errors/error.ts'
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

/**
 * One after the other. Attempts that use the same sums use the same line: of an attempt that was abandoned something may
 * still be read from disk, into memory that the next one would read into as well.
 */
export class Line {
  private tail: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.tail.then(work)
    this.tail = turn.catch(() => {})
    return turn
  }

  /** Resolves when all has run that stands in line now. */
  async idle(): Promise<void> {
    await this.tail
  }
}

export class Summation {
  readonly aggregator: Aggregator
  private readonly line: Line
  private readonly onLost: (reason: string) => void
  private open = true

  /** `onLost`: bytes that were added could not be read again to be taken out, so the sums are not what they should be. */
  constructor(aggregator: Aggregator, line: Line, onLost: (reason: string) => void) {
    this.aggregator = aggregator
    this.line = line
    this.onLost = onLost
  }

  /** 'stopped': it was not wanted any more. Throws 'update/…' where it may not count; the sums are then as before. */
  add(summand: Summand): Promise<'added' | 'stopped'> {
    return this.line.run(() => this.sum(summand))
  }

  /** Takes nothing more; resolves when nothing is being added. */
  async close(): Promise<void> {
    this.open = false
    await this.line.idle()
  }

  private async sum({ taskId, coefficient, source, limits, isWanted, counted }: Summand): Promise<'added' | 'stopped'> {
    const keepGoing = () => this.open && isWanted()
    if (!keepGoing()) return 'stopped'
    try {
      return await addUpdate(this.aggregator, { taskId, coefficient }, source, limits, {
        giveWay,
        keepGoing,
        onCounted: counted,
      })
    } catch (thrown) {
      if (this.aggregator.isAdding) this.lose(errorInfo(thrown).message)
      throw thrown
    }
  }

  private lose(reason: string): void {
    this.open = false
    this.onLost(reason)
  }
}

function giveWay(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
