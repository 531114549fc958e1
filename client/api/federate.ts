/** Makes the fit of a model federated: what a call trained alone, it trains with everybody in the job. */
import type { Tensor } from '@tensorflow/tfjs-core'
import type { History, LayersModel } from '@tensorflow/tfjs-layers'
import { TributaryError } from '../../shared/errors/error.ts'
import type { Metrics, TrainSettings } from '../../shared/protocol/participant.ts'
import type { ReceivedModel } from './fl-model.ts'
import type { ClientOptions } from './options.ts'
import { takePart } from './taking-part.ts'

export interface FederateOptions extends ClientOptions {
  /** Called when a round has begun, before it trains. */
  readonly onRound?: (round: number, totalRounds: number) => void
}

/** A model whose fit is federated. */
export type Federated<Model extends LayersModel = LayersModel> = Model & {
  /** As the model was: its fit trains alone again. */
  unfederate(): void
}

type Fit = LayersModel['fit']
type Evaluate = LayersModel['evaluate']
type Batch = Tensor | Tensor[]

/** tfjs' short names of metrics, and the job's. */
const FULL_NAMES: Readonly<Record<string, string>> = { acc: 'accuracy', meanAbsoluteError: 'mae' }

/**
 * Patches `model.fit`: a call joins the job, trains in each of its rounds, from the weights that it is given, as many epochs and in
 * such batches as the job says, and sends the weights back; it resolves when the job is over, with the history of all its epochs, and
 * leaves the job's last weights in the model. Optimizer, loss and callbacks are those that `compile` and `fit` were given. What
 * `validationData` there is measures the model of everybody as each round begins.
 *
 * The model must have the job's weights, in their order and shapes.
 */
export function federate<Model extends LayersModel>(model: Model, options: FederateOptions): Federated<Model> {
  if ('unfederate' in model)
    throw new TributaryError('job/wrong-state', 'This model is federated already. Call its unfederate() first.')
  const alone = { fit: model.fit, fitDataset: model.fitDataset }
  const fit: Fit = async (x, y, args = {}) => {
    // Where there is both, validationData counts alone.
    const split = args.validationData ? 0 : (args.validationSplit ?? 0)
    const examples = options.examples ?? Math.floor(countOf(x) * (1 - split))
    const held = args.validationData as [Batch, Batch] | undefined
    const rounds = new Rounds(model, { ...options, examples, validationExamples: held ? countOf(held[0]) : 0 })
    const evaluated = held && (() => model.evaluate(held[0], held[1], { verbose: 0 }))
    return rounds.run(({ epochs, batchSize }) => alone.fit.call(model, x, y, { ...args, epochs, batchSize }), evaluated)
  }
  const fitDataset: LayersModel['fitDataset'] = async (dataset, args) => {
    const { examples } = options
    if (examples === undefined)
      throw new TributaryError(
        'server/option',
        'A tf.data.Dataset does not say how many examples it has: give federate() the option examples.',
      )
    const rounds = new Rounds(model, { ...options, examples })
    return rounds.run(
      ({ epochs }) => alone.fitDataset.call(model, dataset, { ...args, epochs }) as Promise<History>,
      undefined,
    )
  }
  const unfederate = () => {
    Object.assign(model, alone)
    delete (model as Partial<Federated>).unfederate
  }
  return Object.assign(model, { fit, fitDataset, unfederate })
}

/** How soon a fit whose answer is not wanted any more is stopped, where its first batch had not begun yet. */
const STOP_MS = 100

class Rounds {
  private readonly model: LayersModel
  private readonly options: FederateOptions
  private readonly seen: History['history'] = {}
  private epochs: number[] = []

  constructor(model: LayersModel, options: FederateOptions) {
    this.model = model
    this.options = options
  }

  async run(
    train: (settings: TrainSettings) => Promise<History>,
    evaluate: (() => ReturnType<Evaluate>) | undefined,
  ): Promise<History> {
    const model = this.model
    const options = this.options
    let history: History | null = null
    await takePart(
      {
        model({ currentRound, totalRounds }) {
          options.onRound?.(currentRound, totalRounds)
          return model
        },
        evaluate: evaluate ? () => this.measured(evaluate()) : null,
        train: async (_, received) => {
          history = await this.trained(received, train)
          return { metrics: lastOf(history) }
        },
      },
      options,
    )
    if (!history)
      throw new TributaryError('job/wrong-state', 'The job was over before this client had trained in any round of it.')
    return Object.assign(history, { epoch: this.epochs, history: this.seen })
  }

  private async trained(
    { signal, settings }: ReceivedModel,
    train: (settings: TrainSettings) => Promise<History>,
  ): Promise<History> {
    const stop = () => {
      this.model.stopTraining = true
    }
    signal.addEventListener('abort', stop)
    // fit begins by forgetting that it was stopped.
    const again = setInterval(() => signal.aborted && stop(), STOP_MS)
    try {
      const history = await train(settings)
      for (const [name, values] of Object.entries(history.history))
        this.seen[name] = [...(this.seen[name] ?? []), ...(values as number[])]
      this.epochs = [...this.epochs, ...history.epoch.map((_, i) => this.epochs.length + i)]
      return history
    } finally {
      clearInterval(again)
      signal.removeEventListener('abort', stop)
    }
  }

  /** Of the model that was received. */
  private async measured(answer: ReturnType<Evaluate>): Promise<Metrics> {
    const scalars = [answer].flat()
    const named = scalars.map(async (scalar, i): Promise<[string, number]> => {
      const name = String(this.model.metricsNames[i] ?? 'loss')
      const [value = Number.NaN] = await scalar.data()
      scalar.dispose()
      return [FULL_NAMES[name] ?? name, value]
    })
    return Object.fromEntries((await Promise.all(named)).filter(([, value]) => Number.isFinite(value)))
  }
}

/** Of the last epoch. */
function lastOf({ history }: History): Metrics {
  const last = Object.entries(history).map(([name, values]) => [FULL_NAMES[name] ?? name, values.at(-1)] as const)
  // Those of fit's own validation are of the trained model; what the coordinator takes is of the received one.
  const own = last.filter(([name, value]) => !name.startsWith('val_') && Number.isFinite(value))
  return Object.fromEntries(own) as Metrics
}

function countOf(data: unknown): number {
  const [first] = Array.isArray(data) ? data : 'shape' in (data as object) ? [data] : Object.values(data as object)
  return (first as Tensor).shape[0] ?? 0
}
