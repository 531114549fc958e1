/** A training of one's own, and all else left to us: the session, the model, what is sent of it. */
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { TributaryError } from '../../shared/errors/error.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import type { Metrics, TrainSettings } from '../../shared/protocol/participant.ts'
import type { Client } from './client.ts'
import type { ReceivedModel } from './fl-model.ts'
import type { ClientOptions } from './options.ts'
import { type Part, type Trained, takePart } from './taking-part.ts'

export interface TrainerContext {
  /** Aborted where the answer is not wanted any more. */
  readonly signal: AbortSignal
  /** From 1. */
  readonly round: number
  readonly totalRounds: number
  /** Epochs, batch size, optimizer and loss, as the job has them; `seed` is of everything random in this task. */
  readonly settings: TrainSettings
  /** See `Client.log`. */
  log(metrics: Metrics): void
}

/** A trainer module: what a program brings. */
export interface Trainer<Data> {
  /** Trains the model in place. */
  train(model: LayersModel, data: Data, context: TrainerContext): Promise<Trained | undefined> | Trained | undefined
  /** Measures it: `loss` and the job's metrics. Asked of each received model before it is trained, and by itself at the end. */
  evaluate?(model: LayersModel, data: Data, context: TrainerContext): Promise<Metrics> | Metrics
}

/**
 * Takes part in the job until it is over, with this trainer. The model is the job's own, built from its topology; it is the caller's
 * in the end, with the job's last weights.
 */
export async function runTrainer<Data>(
  trainer: Trainer<Data>,
  data: Data,
  options: ClientOptions,
): Promise<LayersModel | null> {
  let own: LayersModel | null = null
  const contextOf = (
    { signal, currentRound, totalRounds, settings }: ReceivedModel,
    client: Client,
  ): TrainerContext => {
    return { signal, round: currentRound, totalRounds, settings, log: (metrics) => client.log(metrics) }
  }
  const { evaluate } = trainer
  const part: Part<LayersModel> = {
    model: async ({ topology }) => {
      own ??= await built(topology)
      return own
    },
    evaluate: evaluate
      ? (model, received, client) => evaluate.call(trainer, model, data, contextOf(received, client))
      : null,
    train: (model, received, client) => trainer.train(model, data, contextOf(received, client)),
  }
  try {
    return await takePart(part, options)
  } catch (thrown) {
    ;(own as LayersModel | null)?.dispose()
    throw thrown
  }
}

/** Throws 'job/untrainable' where the job's model has no layers. */
async function built(topology: Topology): Promise<LayersModel> {
  if ('tensors' in topology)
    throw new TributaryError(
      'job/untrainable',
      'This job’s model is of tensors without layers, which no trainer can be given. Take part with the loop of receive() and send().',
    )
  const { buildBlankModel } = await import('../../shared/models/build.ts')
  return buildBlankModel(topology)
}
