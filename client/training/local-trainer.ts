/** Local training: epochs over shuffled batches of the participant's own data, as a stream of progress. */
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { ImageDataset } from '../../shared/datasets/dataset.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import { inputShape, makeBatch } from '../../shared/models/batches.ts'
import type { TrainSettings } from '../../shared/protocol/participant.ts'
import { random } from '../../shared/random/random.ts'
import { learningRateOf } from './optimizers/schedule.ts'
import { checkDevice } from './recovery.ts'
import { Stepper } from './step.ts'
import { nextTurn } from './yielding.ts'

const REPORT_MS = 400
const TURN_MS = 25

export interface TrainProgress {
  readonly fraction: number
  /** Means over the examples since the last progress. */
  readonly loss: number
  readonly accuracy: number
  readonly examplesPerSecond: number
}

export interface TrainSummary {
  /** Means over the last epoch. */
  readonly loss: number
  readonly accuracy: number
  readonly examplesPerSecond: number
}

/**
 * Trains the model in place, in this round of the job, from 1. The order of the examples is a function of (settings.seed, epoch); the last batch of an
 * epoch may be smaller. Throws 'training/diverged' when the loss is not finite, 'training/cancelled' on the signal,
 * 'training/failed' where the GPU refuses something.
 */
export async function* trainLocally(
  model: LayersModel,
  data: ImageDataset,
  classes: number,
  settings: TrainSettings,
  round: number,
  signal: AbortSignal,
): AsyncGenerator<TrainProgress, TrainSummary> {
  const examples = data.labels.length
  const shape = inputShape(model, data.width * data.height * data.channels)
  const stepper = new Stepper(model, settings)
  const total = examples * settings.epochs
  const steps = Math.ceil(examples / settings.batchSize) * settings.epochs
  const began = performance.now()
  let reported = began
  let turned = began
  let done = 0
  let step = 0
  let epochLoss = 0
  let epochAccuracy = 0
  const collect = async (): Promise<{ loss: number; accuracy: number }> => {
    const part = await stepper.take()
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
    for (let epoch = 0; epoch < settings.epochs; epoch++) {
      const order = random(settings.seed, 'shuffle', epoch).permutation(examples)
      epochLoss = 0
      epochAccuracy = 0
      for (let start = 0; start < examples; start += settings.batchSize) {
        const indices = order.subarray(start, Math.min(start + settings.batchSize, examples))
        const batch = makeBatch(data, indices, shape, classes)
        stepper.step(batch, learningRateOf(settings.optimizer, round, step++, steps))
        batch.xs.dispose()
        batch.targets.dispose()
        done += indices.length
        const now = performance.now()
        if (now - turned >= TURN_MS) {
          await nextTurn()
          turned = performance.now()
        }
        if (signal.aborted) throw new TributaryError('training/cancelled', 'The task was ended before it was done.')
        // At an epoch's end its means are complete, whether or not it is time for a report.
        const last = start + settings.batchSize >= examples
        if (last || now - reported >= REPORT_MS) {
          reported = now
          const part = await collect()
          yield { fraction: done / total, loss: part.loss, accuracy: part.accuracy, examplesPerSecond: rate() }
        }
      }
    }
    return { loss: epochLoss / examples, accuracy: epochAccuracy / examples, examplesPerSecond: rate() }
  } finally {
    stepper.dispose()
  }
}
