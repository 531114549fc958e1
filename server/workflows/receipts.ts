/** The verdicts on updates that an attempt gives, and the sentences of those that do not count. */
import type { Acceptance, Receipt } from '../../shared/protocol/participant.ts'

export const STALE: Receipt = {
  status: 'stale',
  code: 'round/stale',
  message: 'The round of this update has ended. The next task is on its way.',
}

export function accepted(acceptance: Acceptance): Receipt {
  return { status: 'accepted', acceptance }
}

/** Rule R4: a repeat of what was accepted counts no more, and carries what the first receipt said, where that is known. */
export function repeated(acceptance: Acceptance | null): Receipt {
  const message = 'This update was accepted before; it counts once.'
  return { status: 'duplicate', ...(acceptance ? { acceptance } : {}), message }
}

/** The verdicts of one attempt, by task id. */
export class Receipts {
  private readonly given = new Map<string, Receipt>()

  give(taskId: string, receipt: Receipt): Receipt {
    this.given.set(taskId, receipt)
    return receipt
  }

  first(taskId: string): Receipt | null {
    return this.given.get(taskId) ?? null
  }

  /** The answer to one who asks again; null where there was no verdict. */
  repeat(taskId: string): Receipt | null {
    const first = this.given.get(taskId)
    return first?.acceptance ? repeated(first.acceptance) : (first ?? null)
  }

  /** What was accepted, by task id. */
  accepted(): { taskId: string; acceptance: Acceptance }[] {
    return [...this.given].flatMap(([taskId, { acceptance }]) => (acceptance ? [{ taskId, acceptance }] : []))
  }

  /** The attempt came to nothing: whoever offers again is behind. */
  clear(): void {
    this.given.clear()
  }
}
