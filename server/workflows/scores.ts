import { isPlausible } from '../../shared/jobs/metrics.ts'
import type { Score } from '../../shared/protocol/dashboard.ts'
import type { Metrics } from '../../shared/protocol/participant.ts'

/** Of one number: its sum over examples, and how many these were. */
interface Sum {
  total: number
  examples: number
}

/**
 * The clients' scores of one version, averaged by the examples that each was measured on. Of a metric that is no mean over
 * examples, such as AUC or F1, this is the mean of the clients' own.
 */
export class ClientScores {
  private readonly loss: Sum = { total: 0, examples: 0 }
  private readonly metrics: ReadonlyMap<string, Sum>

  /** `metrics`: the job's, by name. */
  constructor(metrics: readonly string[]) {
    this.metrics = new Map(metrics.map((name) => [name, { total: 0, examples: 0 }]))
  }

  /** Adds one client's scores; numbers that no measurement gives are left out. `limit`: examples that it may count for. */
  add(given: Metrics, limit: number): void {
    const { validation_loss: loss, validation_examples: examples } = given
    if (loss === undefined || examples === undefined) return
    const measured = [...this.metrics].flatMap(([name, sum]) => {
      const value = given[`validation_${name}`]
      return value === undefined ? [] : [{ name, sum, value }]
    })
    const plausible = loss >= 0 && Number.isFinite(loss) && examples >= 1 && examples <= limit
    if (!plausible || measured.some(({ name, value }) => !isPlausible(name, value))) return
    for (const { sum, value } of [...measured, { sum: this.loss, value: loss }]) {
      sum.total += value * examples
      sum.examples += examples
    }
  }

  result(): Score | null {
    const { total, examples } = this.loss
    if (examples === 0) return null
    const metrics = [...this.metrics].flatMap(([name, sum]) =>
      sum.examples === 0 ? [] : [[name, sum.total / sum.examples] as const],
    )
    return { loss: total / examples, metrics: Object.fromEntries(metrics), examples }
  }
}
