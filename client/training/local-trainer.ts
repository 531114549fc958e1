/** Local training: epochs over shuffled batches of the participant's own data, as a stream of progress. */
import { TributaryError } from '../../shared/errors/error.ts'
import type { Examples } from '../../shared/models/examples.ts'
import { metricOfMeans } from '../../shared/models/losses.ts'
import type { TrainSettings } from '../../shared/protocol/participant.ts'
import { random } from '../../shared/random/random.ts'
import { learningRateOf } from './optimizers/schedule.ts'
import { type Reading, Readings } from './readings.ts'
import { checkDevice } from './recovery.ts'
import type { Steps } from './steps/steps.ts'
import type { Throttle } from './throttle.ts'

const REPORT_MS = 400

export interface TrainProgress {
  readonly fraction: number
  /** Means over the examples since the last progress. */
  readonly loss: number
  /** The job's first metric; null where it is not known before the end. */
  readonly metric: number | null
  readonly examplesPerSecond: number
  /** Until the training is done, at this rate. */
  readonly secondsLeft: number
}

export interface TrainSummary {
  /** Means over the last epoch. */
  readonly loss: number
  /** The job's first metric; null where steps do not tell. */
  readonly metric: number | null
  readonly examplesPerSecond: number
}

/**
 * Trains the steps' model in place, in this round of the job, from 1. The order of the examples is a function of
 * (settings.seed, epoch), and what is varied in them of the example, too; the last batch of an epoch may be smaller. Throws 'training/diverged' when the loss is not finite,
 * 'training/cancelled' on the signal, 'training/failed' where the GPU refuses something.
 */
export async function* trainLocally(
  steps: Steps,
  examples: Examples,
  settings: TrainSettings,
  round: number,
  throttle: Throttle,
  signal: AbortSignal,
): AsyncGenerator<TrainProgress, TrainSummary> {
  const { count } = examples
  const metric = settings.metrics[0] ?? ''
  const total = count * settings.epochs
  const planned = Math.ceil(count / settings.batchSize) * settings.epochs
  let began = performance.now()
  let asked = began
  let turned = began
  let done = 0
  let step = 0
  const readings = new Readings(steps)
  const summed = { epoch: 0, loss: 0, measured: 0, examplesPerSecond: 0 }
  const arrived = ({ epoch, done, at, ...means }: Reading): TrainProgress => {
    checkDevice()
    const { loss, measured, examples } = means
    if (!Number.isFinite(loss)) {
      throw new TributaryError(
        'training/diverged',
        `The loss became ${loss} in training. A smaller learning rate helps.`,
      )
    }
    if (epoch > summed.epoch) Object.assign(summed, { epoch, loss: 0, measured: 0 })
    summed.loss += loss * examples
    summed.measured += measured * examples
    // Clocks may be as coarse as a millisecond.
    const examplesPerSecond = done / (Math.max(1, at - began) / 1000)
    summed.examplesPerSecond = examplesPerSecond
    return {
      fraction: done / total,
      loss,
      metric: metricOfMeans(metric, loss, measured),
      examplesPerSecond,
      secondsLeft: (total - done) / examplesPerSecond,
    }
  }
  try {
    await steps.begin(examples, settings.batchSize, settings.seed)
    began = performance.now()
    turned = began
    for (let epoch = 0; epoch < settings.epochs; epoch++) {
      const order = random(settings.seed, 'shuffle', epoch).permutation(count)
      for (let start = 0; start < count; start += settings.batchSize) {
        const indices = order.subarray(start, Math.min(start + settings.batchSize, count))
        await steps.room()
        steps.step(indices, learningRateOf(settings.optimizer, round, step++, planned), epoch)
        done += indices.length
        if (throttle.due(turned)) {
          await throttle.turn(turned, () => steps.idle(), signal)
          turned = performance.now()
        }
        if (signal.aborted) throw new TributaryError('training/cancelled', 'The task was ended before it was done.')
        // The last epoch's means are those of all its steps and of no others.
        const complete = epoch >= settings.epochs - 2 && start + settings.batchSize >= count
        const due = complete || performance.now() - asked >= REPORT_MS
        const reading = await (due ? readings.take() : readings.ifHere())
        if (reading) yield arrived(reading)
        if (!due) continue
        asked = performance.now()
        readings.ask({ epoch, done })
      }
    }
    const last = await readings.take()
    if (last) yield arrived(last)
    steps.settle()
    // Short tasks rest as well.
    if (throttle.share < 1) await throttle.turn(turned, async () => {}, signal)
    const { examplesPerSecond } = summed
    const [loss, measured] = [summed.loss / count, summed.measured / count]
    return { loss, metric: metricOfMeans(metric, loss, measured), examplesPerSecond }
  } finally {
    steps.end()
  }
}
