import type { Score } from '../../shared/protocol/dashboard.ts'
import type { Metrics } from '../../shared/protocol/participant.ts'

/** The clients' scores of one version, averaged by the examples that each was measured on. */
export class ClientScores {
  private loss = 0
  private accuracy = 0
  private examples = 0

  add(metrics: Metrics): void {
    const { validation_loss: loss, validation_accuracy: accuracy, validation_examples: examples } = metrics
    if (loss === undefined || accuracy === undefined || !examples || examples < 0) return
    this.loss += loss * examples
    this.accuracy += accuracy * examples
    this.examples += examples
  }

  result(): Score | null {
    if (this.examples === 0) return null
    return { loss: this.loss / this.examples, accuracy: this.accuracy / this.examples, examples: this.examples }
  }
}
