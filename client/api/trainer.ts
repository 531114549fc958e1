/** A training of one's own, and all else left to us: the session, the model, what is sent of it. */
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { TributaryError } from '../../shared/errors/error.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import type { Metrics, TrainSettings } from '../../shared/protocol/participant.ts'
import { Client } from './client.ts'
import { FLModel, type FLModelFields, type ReceivedModel, type ReceivedParams } from './fl-model.ts'
import type { ClientOptions } from './options.ts'

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

export interface Trained {
  /** How many examples it was trained on; as many as were declared, by default. */
  readonly numExamples?: number
  readonly metrics?: Metrics
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
  // Only here: a program of numbers alone loads no TensorFlow.js.
  const [{ buildBlankModel }, weights] = await Promise.all([
    import('../../shared/models/build.ts'),
    import('./layers-weights.ts'),
  ])
  const client = await Client.connect(options)
  let model: LayersModel | null = null
  try {
    while (await client.isRunning()) {
      const received = await client.receive()
      model ??= await buildBlankModel(ofLayers(received.topology))
      weights.putWeights(model, received.params)
      try {
        const trained = await answered(trainer, model, data, received, client)
        if (!client.isEvaluate()) trained.params = await weights.takeWeights(model, received.params)
        await client.send(new FLModel(trained))
      } catch (thrown) {
        // Broken off, as the signal asked: the next model comes.
        if (!received.signal.aborted) throw thrown
      }
    }
    if (model) weights.putWeights(model, await client.latest())
    return model
  } catch (thrown) {
    model?.dispose()
    throw thrown
  } finally {
    await client.close()
  }
}

/** Throws 'job/untrainable' where the job's model is of none. */
function ofLayers(topology: Topology): Topology {
  if (!('tensors' in topology)) return topology
  throw new TributaryError(
    'job/untrainable',
    'This job’s model is of tensors without layers, which no trainer can be given. Take part with the loop of receive() and send().',
  )
}

interface Answered extends FLModelFields<ReceivedParams> {
  params?: ReceivedParams
}

async function answered<Data>(
  trainer: Trainer<Data>,
  model: LayersModel,
  data: Data,
  received: ReceivedModel,
  client: Client,
): Promise<Answered> {
  const { signal, currentRound: round, totalRounds, settings } = received
  const context: TrainerContext = { signal, round, totalRounds, settings, log: (metrics) => client.log(metrics) }
  const measured = trainer.evaluate ? ofReceived(await trainer.evaluate(model, data, context)) : {}
  if (client.isEvaluate()) return { metrics: measured }
  const { numExamples, metrics = {} } = (await trainer.train(model, data, context)) ?? {}
  return { metrics: { ...measured, ...metrics }, meta: numExamples === undefined ? {} : { numExamples } }
}

function ofReceived(metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`validation_${name}`, value]))
}
