import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { TributaryError } from '../../shared/errors/error.ts'
import type { Examples } from '../../shared/models/examples.ts'
import type { TrainSettings } from '../../shared/protocol/participant.ts'
import { forgetDeviceErrors } from './backends/webgpu.ts'
import { RecordedSteps } from './replay/recorded.ts'
import type { Means, Steps } from './steps/steps.ts'
import { UnrecordedSteps } from './steps/unrecorded.ts'

/** The steps that suit the present backend: on webgpu recorded ones, where they can be recorded. */
export class Stepper implements Steps {
  private readonly model: LayersModel
  private readonly settings: TrainSettings
  private recorded: RecordedSteps | null = null
  private unrecorded: UnrecordedSteps | null = null
  private reason: string | null = null

  constructor(model: LayersModel, settings: TrainSettings) {
    this.model = model
    this.settings = settings
  }

  /** Why steps that should have been recorded are not, in a sentence; null where they are, or nothing is recorded. */
  get whyUnrecorded(): string | null {
    return this.reason
  }

  async begin(examples: Examples, batchSize: number, seed: number): Promise<void> {
    if (tf.getBackend() === 'webgpu' && this.reason === null) {
      try {
        this.recorded ??= await RecordedSteps.make(this.model, this.settings)
        return await this.recorded.begin(examples, batchSize, seed)
      } catch (thrown) {
        this.recorded?.dispose()
        this.recorded = null
        if (thrown instanceof TributaryError) throw thrown
        // Whatever else it was: if it is the model's fault, or the device's, the unrecorded step meets it as well.
        this.reason = thrown instanceof Error ? thrown.message : String(thrown)
        await forgetDeviceErrors()
      }
    }
    this.unrecorded ??= new UnrecordedSteps(this.model, this.settings)
    await this.unrecorded.begin(examples, batchSize, seed)
  }

  room(): Promise<void> | null {
    return this.present().room()
  }

  step(indices: Uint32Array, learningRate: number, epoch: number): void {
    this.present().step(indices, learningRate, epoch)
  }

  idle(): Promise<void> {
    return this.present().idle()
  }

  take(): Promise<Means> {
    return this.present().take()
  }

  settle(): void {
    this.present().settle()
  }

  end(): void {
    this.recorded?.end()
    this.unrecorded?.end()
  }

  dispose(): void {
    this.recorded?.dispose()
    this.unrecorded?.dispose()
  }

  private present(): Steps {
    const steps = this.recorded ?? this.unrecorded
    if (!steps) throw new Error('No task has begun.')
    return steps
  }
}
