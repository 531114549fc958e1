/** What a program says of its training, as the coordinator reads it. */
import { TributaryError } from '../../shared/errors/error.ts'
import { isPlausible, metricInfo } from '../../shared/jobs/metrics.ts'
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

const MENDED: Readonly<Record<string, string>> = {
  loss: 'A loss is 0 or more',
  examples: 'It is a whole number from 1 to the option validationExamples',
}

function isPossible(name: string, value: number, held: number): boolean {
  if (name === 'loss') return value >= 0
  if (name === 'examples') return Number.isInteger(value) && value >= 1 && value <= held
  return metricInfo(name) === null || isPlausible(name, value)
}

function refused(what: string, mended: string): TributaryError {
  return new TributaryError('protocol/malformed', `Metrics of the received model: ${what}. ${mended}.`)
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
  const measured = Object.entries(metrics).flatMap(([name, value]) =>
    name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value] as const] : [],
  )
  if (measured.length === 0) return metrics
  // The coordinator would not count what was measured on nothing.
  if (held === 0)
    throw new TributaryError(
      'server/option',
      'The received model was measured, and this client has declared no examples to measure with. Give the option validationExamples.',
    )
  metrics.validation_examples ??= held
  // The coordinator leaves out what no measurement gives: here somebody can mend it.
  if (metrics.validation_loss === undefined)
    throw refused('there is no loss', 'Measure it as validation_loss beside the others')
  for (const [name, value] of measured)
    if (!isPossible(name, value, held)) throw refused(`${name} is ${value}`, MENDED[name] ?? 'A share is from 0 to 1')
  return metrics
}
