/**
 * Steps on WebGPU that are recorded once per batch size and then replayed: one pass, one submission, nothing made anew. The
 * optimizer is a program of its own over all weights at once.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { Examples } from '../../../shared/models/examples.ts'
import type { TrainSettings } from '../../../shared/protocol/participant.ts'
import { Backlog } from '../steps/backlog.ts'
import { differentiator, keyOf } from '../steps/differentiate.ts'
import type { Means, Steps } from '../steps/steps.ts'
import { Buffers } from './buffers.ts'
import { allDone, compile, guarded, read, whole } from './device.ts'
import { DeviceData, type Gather } from './device-data.ts'
import { DeviceWeights } from './device-weights.ts'
import { FusedOptimizer } from './fused-optimizer.ts'
import { flush, webGpuBackend } from './internals.ts'
import { COPY_SHADER } from './kernels/copy.ts'
import { GATHER_SHADER } from './kernels/gather.ts'
import { Blocks } from './plan.ts'
import { Recorder, type RecorderParts, type Recording } from './recorder.ts'

/** Inputs that are gathered on the device. */
const BROUGHT: readonly string[] = ['xs', 'targets']

export class RecordedSteps implements Steps {
  private readonly parts: RecorderParts
  private readonly recorder: Recorder
  private readonly memory: Buffers
  /** By what they were made for. */
  private readonly recordings = new Map<string, Recording>()
  /** By the names of their recordings; none where batches are written from the host. */
  private readonly gathers = new Map<string, Gather>()
  private readonly gatherer: GPUComputePipeline
  private data: DeviceData | null = null
  /** Whose examples the device has no room for: it is not asked again. */
  private refused: object | null = null
  private task: { readonly examples: Examples; readonly seed: number; steps: number } | null = null
  private done = 0
  private readonly backlog: Backlog

  /** Throws RecordingError where the backend is not as it is known to be. */
  static async make(model: LayersModel, settings: TrainSettings): Promise<RecordedSteps> {
    const backend = webGpuBackend()
    const memory = new Buffers(backend)
    try {
      const weights = await guarded(backend.device, () => new DeviceWeights(backend, model, memory))
      const [optimizer, copier, gatherer] = await Promise.all([
        FusedOptimizer.make(backend, settings.optimizer, weights, memory),
        compile(backend.device, 'copy', COPY_SHADER),
        compile(backend.device, 'gather', GATHER_SHADER),
      ])
      const blocks = new Blocks(memory)
      const differentiate = differentiator(model, settings)
      const parts = { backend, weights, blocks, copier, differentiate, settings, optimizer }
      return new RecordedSteps(parts, gatherer, memory)
    } catch (thrown) {
      memory.dispose()
      throw thrown
    }
  }

  private constructor(parts: RecorderParts, gatherer: GPUComputePipeline, memory: Buffers) {
    this.parts = parts
    this.gatherer = gatherer
    this.recorder = new Recorder(parts)
    this.memory = memory
    this.backlog = new Backlog(() => allDone(parts.backend))
  }

  /** Throws RecordingError where the step cannot be recorded, or a recording does not do what it should. */
  async begin(examples: Examples, batchSize: number, seed: number): Promise<void> {
    this.end()
    const full = Math.min(batchSize, examples.count)
    const sizes = [...new Set([full, examples.count % full])].filter((size) => size > 0)
    const wanted = new Set(sizes.map((size) => nameOf(examples, size)))
    for (const [name, { memory }] of this.recordings) {
      if (wanted.has(name)) continue
      memory.dispose()
      this.recordings.delete(name)
      this.gathers.delete(name)
    }
    // A recording needs memory that examples may not take from it.
    if (sizes.some((size) => !this.recordings.has(nameOf(examples, size)))) this.dropData()
    for (const size of sizes) {
      const name = nameOf(examples, size)
      if (!this.recordings.has(name)) this.recordings.set(name, await this.recorder.record(examples, size))
    }
    await this.bring(examples, sizes)
    const { weights, optimizer } = this.parts
    weights.load()
    weights.release()
    optimizer.begin()
    this.task = { examples, seed, steps: 0 }
  }

  /** Has the examples on the device, where they fit and stay as they are, and what gathers batches of these sizes. */
  private async bring(examples: Examples, sizes: readonly number[]): Promise<void> {
    if (examples.varied) return this.dropData()
    if (this.refused === examples.source) return
    if (this.data?.source !== examples.source) {
      this.dropData()
      this.data = await DeviceData.make(this.parts.backend, this.gatherer, examples)
      this.refused = this.data ? null : examples.source
    }
    if (!this.data) return
    for (const size of sizes) {
      const name = nameOf(examples, size)
      const { plan, indices } = this.recordings.get(name) as Recording
      if (this.gathers.has(name)) continue
      const [xs, targets] = [plan.placeOf('xs'), plan.placeOf('targets')]
      if (xs && targets) this.gathers.set(name, await this.data.gather(examples, size, { xs, targets, indices }))
    }
  }

  private dropData(): void {
    this.gathers.clear()
    this.data?.dispose()
    this.data = null
  }

  room(): Promise<void> | null {
    return this.backlog.room()
  }

  step(indices: Uint32Array, learningRate: number, epoch: number): void {
    const task = this.task
    const name = task && nameOf(task.examples, indices.length)
    const recording = name === null ? undefined : this.recordings.get(name)
    if (!task || !name || !recording) throw new Error('No task with such batches has begun.')
    const { backend, optimizer } = this.parts
    const { plan, updates, arrays } = recording
    flush(backend)
    const key = keyOf(task.seed, task.steps++)
    const gather = this.gathers.get(name)
    if (gather) {
      gather.write(indices)
      plan.write({ key }, BROUGHT)
    } else {
      task.examples.write(indices, arrays.xs, arrays.targets, { seed: task.seed, epoch })
      plan.write({ ...arrays, key })
    }
    optimizer.setRate(learningRate)
    plan.submit(gather?.dispatches, updates)
    this.done += indices.length
    this.backlog.step()
  }

  async idle(): Promise<void> {
    await allDone(this.parts.backend)
  }

  async take(): Promise<Means> {
    const done = this.done
    if (done === 0) return { loss: Number.NaN, measured: Number.NaN, examples: 0 }
    this.done = 0
    const { backend, optimizer } = this.parts
    const reading = read(backend, whole(optimizer.totals))
    optimizer.clearTotals()
    const [loss, measured] = await reading
    return { loss: (loss as number) / done, measured: (measured as number) / done, examples: done }
  }

  settle(): void {
    this.parts.weights.store()
  }

  end(): void {
    this.task = null
    this.done = 0
  }

  dispose(): void {
    this.end()
    for (const { memory } of this.recordings.values()) memory.dispose()
    this.recordings.clear()
    this.dropData()
    this.memory.dispose()
  }
}

/** What a recording is for: batches of this many examples of this kind. */
function nameOf({ shape, outputs }: Examples, size: number): string {
  return JSON.stringify({ size, shape, outputs })
}
