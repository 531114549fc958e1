/** What a program says of its training, as the coordinator reads it. */
import { TributaryError } from '../../shared/errors/error.ts'
import type { Metrics, Task } from '../../shared/protocol/participant.ts'
import type { TrainingProgress } from '../sdk/events.ts'

/** The last value of each name. */
export type Logged = Record<string, number>

/** Names that are shown while the training runs, and say nothing of the answer. */
const PASSING = ['fraction', 'examplesPerSecond']
const PREFIX = 'validation_'
const LONGEST = 60

/** Throws 'protocol/malformed' where a value is no number, or a name too long. */
export function checkedMetrics(metrics: Metrics, where: string): Metrics {
  for (const [name, value] of Object.entries(metrics)) {
    if (name.length > LONGEST)
      throw new TributaryError('protocol/malformed', `${where}: the name ${name} is longer than ${LONGEST} characters.`)
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new TributaryError(
        'protocol/malformed',
        `${where}: ${name} is ${String(value)}; a metric is a finite number. Leave it out where there is none.`,
      )
  }
  return metrics
}

export function progressOf(
  { fraction = 0, loss = Number.NaN, examplesPerSecond = 0 }: Logged,
  leftMs: number,
): TrainingProgress {
  if (fraction < 0 || fraction > 1)
    throw new TributaryError('protocol/malformed', `log(): fraction is ${fraction}; it is from 0 to 1.`)
  return { fraction, loss, metric: null, examplesPerSecond, secondsLeft: leftMs / 1000 }
}

/**
 * What goes with an answer. Of an evaluate task every metric is of the received model. `held`: examples
 * that the client has declared to measure with. Throws 'server/option' where it measures and has declared none.
 */
export function reportedMetrics(kind: Task['kind'], logged: Logged, given: Metrics, held: number): Metrics {
  const all = Object.entries({ ...logged, ...checkedMetrics(given, 'metrics') }).filter(
    ([name]) => !PASSING.includes(name),
  )
  const named = all.map(([name, value]) => [
    kind === 'evaluate' && !name.startsWith(PREFIX) ? `${PREFIX}${name}` : name,
    value,
  ])
  const metrics: Metrics = Object.fromEntries(named)
  if (metrics.validation_loss === undefined) return metrics
  // The coordinator would not count what was measured on nothing.
  if (held === 0)
    throw new TributaryError(
      'server/option',
      'The received model was measured, and this client has declared no examples to measure with. Give the option validationExamples.',
    )
  metrics.validation_examples ??= held
  return metrics
}
