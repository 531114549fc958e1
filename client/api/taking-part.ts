/** A model in a job until that is over: each one received is put into it, measured, trained, and sent. */
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { Metrics } from '../../shared/protocol/participant.ts'
import { Client } from './client.ts'
import { FLModel, type ReceivedModel } from './fl-model.ts'
import type { ClientOptions } from './options.ts'

export interface Trained {
  /** How many examples it was trained on; as many as were declared, by default. */
  readonly numExamples?: number
  readonly metrics?: Metrics
}

export interface Part<Model extends LayersModel> {
  /** The model whose weights are those received; the same one each time. */
  model(received: ReceivedModel): Promise<Model> | Model
  /** Measures it before it is trained, and by itself where that is the task; null where nothing is measured. */
  readonly evaluate: ((model: Model, received: ReceivedModel, client: Client) => Promise<Metrics> | Metrics) | null
  /** In place. What it throws once the received model's signal is aborted ends nothing: the next model comes. */
  train(model: Model, received: ReceivedModel, client: Client): Promise<Trained | undefined> | Trained | undefined
}

/** Resolves with the model, which has the job's last weights then; with null where none was received. */
export async function takePart<Model extends LayersModel>(
  part: Part<Model>,
  options: ClientOptions,
): Promise<Model | null> {
  // Only here: a program of numbers alone loads no TensorFlow.js.
  const weights = await import('./layers-weights.ts')
  const client = await Client.connect(options)
  const answerTo = async (model: Model, received: ReceivedModel): Promise<FLModel> => {
    const measured = part.evaluate ? ofReceived(await part.evaluate(model, received, client)) : {}
    if (client.isEvaluate()) return new FLModel({ metrics: measured })
    received.signal.throwIfAborted()
    const { numExamples, metrics = {} } = (await part.train(model, received, client)) ?? {}
    return new FLModel({
      params: await weights.takeWeights(model, received.params),
      metrics: { ...measured, ...metrics },
      meta: numExamples === undefined ? {} : { numExamples },
    })
  }
  let model: Model | null = null
  try {
    while (await client.isRunning()) {
      const received = await client.receive()
      model = await part.model(received)
      weights.putWeights(model, received.params)
      try {
        await client.send(await answerTo(model, received))
      } catch (thrown) {
        if (!received.signal.aborted) throw thrown
      }
    }
    if (model) weights.putWeights(model, await client.latest())
    return model
  } finally {
    await client.close()
  }
}

function ofReceived(metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`validation_${name}`, value]))
}
