/** Local training: epochs over shuffled batches of the participant's own data, as a stream of progress. */
import { TributaryError } from '../../shared/errors/error.ts'
import type { TrainSettings } from '../../shared/protocol/participant.ts'
import { random } from '../../shared/random/random.ts'
import { learningRateOf } from './optimizers/schedule.ts'
import { checkDevice } from './recovery.ts'
import type { Examples } from './steps/examples.ts'
import type { Steps } from './steps/steps.ts'
import type { Throttle } from './throttle.ts'

const REPORT_MS = 400

export interface TrainProgress {
  readonly fraction: number
  /** Means over the examples since the last progress. */
  readonly loss: number
  readonly accuracy: number
  readonly examplesPerSecond: number
  /** Until the training is done, at this rate. */
  readonly secondsLeft: number
}

export interface TrainSummary {
  /** Means over the last epoch. */
  readonly loss: number
  readonly accuracy: number
  readonly examplesPerSecond: number
}

/**
 * Trains the steps' model in place, in this round of the job, from 1. The order of the examples is a function of
 * (settings.seed, epoch); the last batch of an epoch may be smaller. Throws 'training/diverged' when the loss is not finite,
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
  const total = count * settings.epochs
  const planned = Math.ceil(count / settings.batchSize) * settings.epochs
  let began = performance.now()
  let reported = began
  let turned = began
  let done = 0
  let step = 0
  let epochLoss = 0
  let epochAccuracy = 0
  const collect = async (): Promise<{ loss: number; accuracy: number }> => {
    const part = await steps.take()
    checkDevice()
    if (!Number.isFinite(part.loss)) {
      throw new TributaryError(
        'training/diverged',
        `The loss became ${part.loss} in training. A smaller learning rate helps.`,
      )
    }
    epochLoss += part.loss * part.examples
    epochAccuracy += part.accuracy * part.examples
    return part
  }
  const rate = () => done / ((performance.now() - began) / 1000)
  try {
    await steps.begin(examples, settings.batchSize, settings.seed)
    began = performance.now()
    turned = began
    for (let epoch = 0; epoch < settings.epochs; epoch++) {
      const order = random(settings.seed, 'shuffle', epoch).permutation(count)
      epochLoss = 0
      epochAccuracy = 0
      for (let start = 0; start < count; start += settings.batchSize) {
        const indices = order.subarray(start, Math.min(start + settings.batchSize, count))
        await steps.room()
        steps.step(indices, learningRateOf(settings.optimizer, round, step++, planned))
        done += indices.length
        const now = performance.now()
        if (throttle.due(turned)) {
          await throttle.turn(turned, () => steps.idle(), signal)
          turned = performance.now()
        }
        if (signal.aborted) throw new TributaryError('training/cancelled', 'The task was ended before it was done.')
        // At an epoch's end its means are complete, whether or not it is time for a report.
        const last = start + settings.batchSize >= count
        if (last || now - reported >= REPORT_MS) {
          reported = now
          const part = await collect()
          const { loss, accuracy } = part
          const examplesPerSecond = rate()
          const secondsLeft = (total - done) / examplesPerSecond
          yield { fraction: done / total, loss, accuracy, examplesPerSecond, secondsLeft }
        }
      }
    }
    steps.settle()
    // Short tasks rest as well.
    if (throttle.share < 1) await throttle.turn(turned, async () => {}, signal)
    return { loss: epochLoss / count, accuracy: epochAccuracy / count, examplesPerSecond: rate() }
  } finally {
    steps.end()
  }
}
