/** What a participant's training worker computes: tasks of a job on its own data, and single predictions. */
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { Dataset } from '../../shared/datasets/dataset.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import type { Topology } from '../../shared/jobs/models.ts'
import { buildSeededModel } from '../../shared/models/build.ts'
import { evaluateModel } from '../../shared/models/evaluate.ts'
import { arraysOf, batchOf, examplesFor } from '../../shared/models/examples.ts'
import { flatOnes, frozenOnes, modelTensors, readWeights } from '../../shared/models/layout-of.ts'
import type { Capabilities, Metrics, TrainSettings } from '../../shared/protocol/participant.ts'
import type { FlatParams } from '../../shared/tensors/flat.ts'
import type { FLModel } from '../../shared/updates/fl-model.ts'
import type { Backend } from './backends/backend.ts'
import { type TrainProgress, trainLocally } from './local-trainer.ts'
import { difference, ModelSlot } from './model-slot.ts'
import { checkDevice, checkPresence, forgetComplaints, recover } from './recovery.ts'
import { Stepper } from './stepper.ts'
import { Throttle } from './throttle.ts'
import type { TrialSpec } from './types.ts'

export interface ModelInput {
  /** Stands for the topology: its digest. */
  readonly key: string
  readonly topology: Topology
  readonly params: FlatParams
  readonly base: FlatParams
}

export interface Work {
  readonly kind: 'train' | 'evaluate'
  /** Of the job, from 1: learning rates go by it. */
  readonly round: number
  readonly model: ModelInput
  readonly settings: TrainSettings
  readonly train: Dataset
  readonly validation: Dataset
}

async function capabilitiesAfter(before: string, backend: Backend): Promise<Capabilities> {
  const seen = await backend.look()
  const { adapter, hardware } = seen.available ? seen : { adapter: '', hardware: false }
  return { backend: backend.name, adapter, hardware, reason: `${before} failed in a task.` }
}

/** Times that a task is begun anew. */
const MAX_RECOVERIES = 2

export class Engine {
  /** May be changed at any time, in the middle of a task too. */
  readonly throttle = new Throttle()
  private readonly training = new ModelSlot()
  private readonly trial = new ModelSlot()
  /** What computes since the GPU has failed; null where it is what was activated. */
  fallback: Capabilities | null = null
  private planned: { readonly model: LayersModel; readonly key: string; readonly stepper: Stepper } | null = null

  /**
   * Has everything ready for a first task on such data: on WebGPU steps are recorded and programs compiled, with weights that
   * stand in for those to come. What goes wrong here goes wrong again in the task, which says so.
   */
  async prepare({ key, topology, settings, examples }: TrialSpec): Promise<void> {
    if (tf.getBackend() !== 'webgpu') return
    const draft = await buildSeededModel(topology, settings.seed)
    const tensors = modelTensors(draft)
    const [params, base] = [await readWeights(flatOnes(tensors)), await readWeights(frozenOnes(tensors))]
    draft.dispose()
    const { model } = await this.training.load(key, topology, params, base)
    const stepper = this.stepperOf(model, settings)
    await stepper.begin(examples.for(model), settings.batchSize, settings.seed)
    stepper.end()
  }

  /**
   * Evaluates the received model on the validation split, then trains it if that is the task. Where the GPU fails in the
   * middle, it begins anew: the answer is then the one that an undisturbed task gives.
   */
  async perform(work: Work, signal: AbortSignal, onProgress: (progress: TrainProgress) => void): Promise<FLModel> {
    for (let recoveries = 0; ; recoveries++) {
      try {
        const { metrics, ...answer } = await this.attempt(work, signal, onProgress)
        const { fallback } = this
        // Its rate is measured by the first task that trains.
        if (fallback && fallback.examplesPerSecond === undefined && metrics.examples_per_second !== undefined)
          this.fallback = { ...fallback, examplesPerSecond: metrics.examples_per_second }
        return { ...answer, metrics: recoveries > 0 ? { ...metrics, recoveries } : metrics }
      } catch (thrown) {
        if (recoveries === MAX_RECOVERIES || signal.aborted) throw thrown
        const before = this.backend()
        const now = await recover(thrown, () => this.clear())
        if (!now) throw thrown
        if (now.name !== before) this.fallback = await capabilitiesAfter(before, now)
      }
    }
  }

  private async attempt(
    work: Work,
    signal: AbortSignal,
    onProgress: (progress: TrainProgress) => void,
  ): Promise<FLModel> {
    const { model: input, settings, train, validation } = work
    forgetComplaints()
    const { model, tensors } = await this.training.load(input.key, input.topology, input.params, input.base)
    const metrics: Metrics = {}
    if (validation.count > 0) {
      let turned = performance.now()
      const pause = async () => {
        // Each batch's scores were read: the device has nothing left to do.
        if (this.throttle.due(turned)) {
          await this.throttle.turn(turned, async () => {}, signal)
          turned = performance.now()
        }
        if (signal.aborted) throw new TributaryError('training/cancelled', 'The task was ended before it was done.')
      }
      const score = await evaluateModel(model, examplesFor(model, validation), settings, pause)
      metrics.validation_loss = score.loss
      for (const [name, value] of Object.entries(score.metrics)) metrics[`validation_${name}`] = value
      metrics.validation_examples = score.examples
    }
    checkDevice()
    if (work.kind === 'evaluate') {
      return { paramsType: 'none', params: null, numExamples: train.count, metrics }
    }
    const stepper = this.stepperOf(model, settings)
    const training = trainLocally(stepper, examplesFor(model, train), settings, work.round, this.throttle, signal)
    for (;;) {
      const { done, value } = await training.next()
      if (!done) {
        onProgress(value)
        continue
      }
      metrics.loss = value.loss
      const [first] = settings.metrics
      if (first !== undefined && value.metric !== null) metrics[first] = value.metric
      metrics.examples_per_second = value.examplesPerSecond
      break
    }
    if (stepper.whyUnrecorded !== null) metrics.unrecorded = 1
    const params = await difference(tensors, input.params)
    checkDevice()
    return { paramsType: 'diff', params, numExamples: train.count, metrics }
  }

  /** What the model answers to the first of these examples. A model of its own, so that training is not disturbed. */
  async predict(input: ModelInput, data: Dataset): Promise<number[]> {
    const { model } = await this.trial.load(input.key, input.topology, input.params, input.base)
    const examples = examplesFor(model, data)
    const backend = tf.backend()
    const answer = tf.tidy(() => model.predict(batchOf(examples, arraysOf(examples, [0])).xs) as tf.Tensor)
    const values = Array.from(await answer.data())
    answer.dispose()
    // A task that found its GPU lost may have had another one made meanwhile.
    if (tf.backend() !== backend) throw new TributaryError('training/failed', 'The GPU failed. Try again.')
    checkPresence()
    return values
  }

  /** Tensors that tfjs holds now (rule T1). */
  tensors(): number {
    return tf.memory().numTensors
  }

  /** What tfjs computes on, asked of tfjs itself. */
  backend(): string {
    return tf.getBackend()
  }

  /** Before another backend is chosen. */
  reset(): void {
    this.clear()
    this.fallback = null
  }

  /** Lets go of all tensors; before the backend changes. */
  clear(): void {
    this.planned?.stepper.dispose()
    this.planned = null
    this.training.clear()
    this.trial.clear()
  }

  /** What was planned for a task before serves for the next, as long as only its learning rates and examples are others. */
  private stepperOf(model: LayersModel, settings: TrainSettings): Stepper {
    const { optimizer, loss, classWeights } = settings
    const key = JSON.stringify({ optimizer, loss, classWeights })
    if (this.planned?.model !== model || this.planned.key !== key) {
      this.planned?.stepper.dispose()
      this.planned = { model, key, stepper: new Stepper(model, settings) }
    }
    return this.planned.stepper
  }
}
