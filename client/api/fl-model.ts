/** What a client receives and sends: FLARE's FLModel. */
import { TributaryError } from '../../shared/errors/error.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import type { Metrics, TrainSettings } from '../../shared/protocol/participant.ts'

/** A tensor's values, row by row. */
export interface TensorValues {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** What may stand for a tensor in what is sent: numbers, numbers with a shape, or a tensor of TensorFlow.js. */
export type TensorLike =
  | ArrayLike<number>
  | { readonly shape: readonly number[]; readonly data: ArrayLike<number> }
  | { readonly shape: readonly number[]; data(): Promise<ArrayLike<number>> }

/** `full`: the weights themselves. `diff`: trained minus received. */
export type ParamsType = 'full' | 'diff'

export interface FLModelFields<Params> {
  readonly paramsType?: ParamsType
  /** Tensors by name; null in the answer to a task that asks for metrics alone. */
  readonly params?: Params | null
  /** What the local optimizer remembers. It never leaves this client: the next model that it receives brings it back. */
  readonly optimizerParams?: unknown
  /**
   * Numbers by name. `validation_` before a name says that it was measured on the received model; in the answer to an evaluate
   * task all are, with or without it.
   */
  readonly metrics?: Metrics
  /** Rounds are counted from 1. */
  readonly startRound?: number
  readonly currentRound?: number
  readonly totalRounds?: number
  /** Of what is sent: `numExamples`, how many examples it was trained on; otherwise as many as were declared at the start. */
  readonly meta?: Readonly<Record<string, unknown>>
}

export class FLModel<Params = Readonly<Record<string, TensorLike>>> {
  readonly paramsType: ParamsType
  readonly params: Params | null
  readonly optimizerParams: unknown
  readonly metrics: Metrics
  readonly startRound: number
  readonly currentRound: number
  readonly totalRounds: number
  readonly meta: Readonly<Record<string, unknown>>

  constructor(fields: FLModelFields<Params> = {}) {
    const { paramsType = 'full' } = fields
    if (paramsType !== 'full' && paramsType !== 'diff')
      throw new TributaryError('protocol/malformed', `paramsType is "${paramsType}"; it is "full" or "diff".`)
    this.paramsType = paramsType
    this.params = fields.params ?? null
    this.optimizerParams = fields.optimizerParams
    this.metrics = fields.metrics ?? {}
    this.startRound = fields.startRound ?? 1
    this.currentRound = fields.currentRound ?? 1
    this.totalRounds = fields.totalRounds ?? 1
    this.meta = fields.meta ?? {}
  }
}

export type ReceivedParams = Readonly<Record<string, TensorValues>>

/** The model of a task, with what the job says of the training. */
export class ReceivedModel extends FLModel<ReceivedParams> {
  declare readonly params: ReceivedParams
  /** Aborted where the answer is not wanted any more: the round was cancelled, or this client has left. */
  readonly signal: AbortSignal
  /** Epochs, batch size, optimizer and loss, as the job has them. */
  readonly settings: TrainSettings
  /** The model's layers as Keras/tfjs JSON; of a job of tensors alone, their shapes. */
  readonly topology: Topology

  constructor(
    fields: FLModelFields<ReceivedParams> & {
      readonly signal: AbortSignal
      readonly settings: TrainSettings
      readonly topology: Topology
    },
  ) {
    super(fields)
    this.signal = fields.signal
    this.settings = fields.settings
    this.topology = fields.topology
  }
}
