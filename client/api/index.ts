/**
 * The Client API: a training loop of one's own takes part in federated learning, in a page, a Worker or Node. Modelled on NVIDIA
 * FLARE's.
 *
 * ```js
 * import * as tributary from 'tributary-fl/client'
 *
 * await tributary.init({ url: 'http://localhost:8080', examples: 600 })
 * while (await tributary.isRunning()) {
 *   const received = await tributary.receive()
 *   const params = await train(received.params)
 *   await tributary.send(new tributary.FLModel({ params, metrics: { loss } }))
 * }
 * ```
 *
 * These functions speak for one client of this program; `Client` is for programs that have several.
 */
import { TributaryError } from '../../shared/errors/error.ts'
import type { Metrics } from '../../shared/protocol/participant.ts'
import { Client, type Sent, type SystemInfo } from './client.ts'
import type { FLModel, ReceivedModel } from './fl-model.ts'
import type { ClientOptions } from './options.ts'

export { TributaryError } from '../../shared/errors/error.ts'
export type { JobInfo, Metrics, TrainSettings } from '../../shared/protocol/participant.ts'
export type { SessionEvent } from '../sdk/events.ts'
export { Client, type Sent, type SystemInfo } from './client.ts'
export { type Federated, type FederateOptions, federate } from './federate.ts'
export {
  FLModel,
  type FLModelFields,
  type ParamsType,
  ReceivedModel,
  type ReceivedParams,
  type TensorLike,
  type TensorValues,
} from './fl-model.ts'
export type { ClientOptions } from './options.ts'
export type { Trained } from './taking-part.ts'
export { runTrainer, type Trainer, type TrainerContext } from './trainer.ts'

let client: Client | null = null
let joining: Promise<Client> | null = null

/** Joins the job at a coordinator; see {@link Client.connect}. */
export async function init(options: ClientOptions): Promise<void> {
  if (client || joining)
    throw new TributaryError('job/wrong-state', 'init() was called before. Call shutdown() first, or use Client.')
  joining = Client.connect(options)
  try {
    client = await joining
  } finally {
    joining = null
  }
}

/** Waits for the next model; false once the job is over. */
export function isRunning(): Promise<boolean> {
  return own().isRunning()
}

export function receive(): Promise<ReceivedModel> {
  return own().receive()
}

export function send(model: FLModel): Promise<Sent> {
  return own().send(model)
}

/** Tells of the training under way; see {@link Client.log}. */
export function log(metrics: Metrics): void {
  own().log(metrics)
}

export function isTrain(): boolean {
  return own().isTrain()
}

export function isEvaluate(): boolean {
  return own().isEvaluate()
}

export function systemInfo(): SystemInfo {
  return own().systemInfo()
}

/** Leaves the job for good; after it init() may be called again. */
export async function shutdown(): Promise<void> {
  const left = client ?? (await joining?.catch(() => null)) ?? null
  client = null
  await left?.close()
}

function own(): Client {
  if (client) return client
  throw new TributaryError('job/wrong-state', 'There is no client yet: await init({ url }) comes first.')
}
