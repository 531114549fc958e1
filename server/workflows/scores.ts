import type { Score } from '../../shared/protocol/dashboard.ts'
import type { Metrics } from '../../shared/protocol/participant.ts'

/** The clients' scores of one version, averaged by the examples that each was measured on. */
export class ClientScores {
  private loss = 0
  private accuracy = 0
  private examples = 0

  /** Adds one client's scores; numbers that no measurement gives are left out. `limit`: examples that it may count for. */
  add(metrics: Metrics, limit: number): void {
    const { validation_loss: loss, validation_accuracy: accuracy, validation_examples: examples } = metrics
    if (loss === undefined || accuracy === undefined || examples === undefined) return
    const plausible = loss >= 0 && accuracy >= 0 && accuracy <= 1 && examples >= 1 && examples <= limit
    if (!plausible) return
    this.loss += loss * examples
    this.accuracy += accuracy * examples
    this.examples += examples
  }

  result(): Score | null {
    if (this.examples === 0) return null
    return { loss: this.loss / this.examples, accuracy: this.accuracy / this.examples, examples: this.examples }
  }
}
