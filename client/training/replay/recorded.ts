/**
 * Steps on WebGPU that are recorded once per batch size and then replayed: one pass, one submission, nothing made anew. The
 * optimizer is a program of its own over all weights at once.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { TrainSettings } from '../../../shared/protocol/participant.ts'
import { type Differentiate, differentiator, keyOf } from '../steps/differentiate.ts'
import { arraysOf, type Examples } from '../steps/examples.ts'
import type { Means, Steps } from '../steps/steps.ts'
import { Buffers } from './buffers.ts'
import { checkPlan } from './check.ts'
import { compile, type Dispatch, guarded, read, whole, workgroupsFor } from './device.ts'
import { DeviceWeights } from './device-weights.ts'
import { FusedOptimizer } from './fused-optimizer.ts'
import { FusedProgram, fuse } from './fusion/fuse.ts'
import { compareGraphs, type Graph, type GraphNode } from './graph.ts'
import { graphOf } from './graph-of.ts'
import { dataOf, emptyPool, flush, webGpuBackend } from './internals.ts'
import { COPY_SHADER } from './kernels/copy.ts'
import { type Scheduled, shorten } from './passes.ts'
import { type AnyPipeline, PendingPipeline, settlePipelines } from './pending-pipeline.ts'
import { Blocks, Plan, type PlanParts } from './plan.ts'
import { referenceOf } from './reference.ts'
import { submit, writeInputs } from './replay.ts'
import { trace } from './trace.ts'
import { virtualBuffer } from './virtual-buffer.ts'

/** Steps that are handed over between two looks at how far the GPU is, and looks that may be outstanding. */
const STRIDE = 8
const OUTSTANDING = 2

interface Recorded {
  readonly plan: Plan
  readonly memory: Buffers
  /** Of the optimizer, after the plan's own. */
  readonly updates: readonly Dispatch[]
}

export class RecordedSteps implements Steps {
  private readonly differentiate: Differentiate
  private readonly settings: TrainSettings
  private readonly optimizer: FusedOptimizer
  private readonly parts: PlanParts
  private readonly memory: Buffers
  /** By what they were made for. */
  private readonly recordings = new Map<string, Recorded>()
  private readonly fusedPipelines = new Map<string, Promise<GPUComputePipeline>>()
  private task: { readonly examples: Examples; readonly seed: number; steps: number } | null = null
  private done = 0
  private submitted = 0
  private looks: Promise<unknown>[] = []

  /** Throws RecordingError where the backend is not as it is known to be. */
  static async make(model: LayersModel, settings: TrainSettings): Promise<RecordedSteps> {
    const backend = webGpuBackend()
    const memory = new Buffers(backend)
    try {
      const weights = await guarded(backend.device, () => new DeviceWeights(backend, model, memory))
      const [optimizer, copier] = await Promise.all([
        FusedOptimizer.make(backend, settings.optimizer, weights, memory),
        compile(backend.device, 'copy', COPY_SHADER),
      ])
      const parts = { backend, weights, blocks: new Blocks(memory), copier }
      return new RecordedSteps(differentiator(model, settings), settings, optimizer, parts, memory)
    } catch (thrown) {
      memory.dispose()
      throw thrown
    }
  }

  private constructor(
    differentiate: Differentiate,
    settings: TrainSettings,
    optimizer: FusedOptimizer,
    parts: PlanParts,
    memory: Buffers,
  ) {
    this.memory = memory
    this.differentiate = differentiate
    this.settings = settings
    this.optimizer = optimizer
    this.parts = parts
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
    }
    for (const size of sizes) {
      const name = nameOf(examples, size)
      if (!this.recordings.has(name)) this.recordings.set(name, await this.record(examples, size))
    }
    const { weights } = this.parts
    weights.load()
    weights.release()
    this.optimizer.begin()
    this.task = { examples, seed, steps: 0 }
  }

  room(): Promise<void> | null {
    if (this.looks.length < OUTSTANDING) return null
    return (this.looks[0] as Promise<unknown>).then(() => {})
  }

  step(indices: Uint32Array, learningRate: number): void {
    const task = this.task
    const recording = task && this.recordings.get(nameOf(task.examples, indices.length))
    if (!recording) throw new Error('No task with such batches has begun.')
    const { backend } = this.parts
    const { plan, updates } = recording
    flush(backend)
    writeInputs(backend, plan, { ...arraysOf(task.examples, indices), key: keyOf(task.seed, task.steps++) })
    this.optimizer.setRate(learningRate)
    submit(backend, plan, updates)
    this.done += indices.length
    this.submitted++
    if (this.submitted % STRIDE > 0) return
    const look = backend.queue.onSubmittedWorkDone().finally(() => {
      this.looks = this.looks.filter((other) => other !== look)
    })
    this.looks.push(look)
  }

  async take(): Promise<Means> {
    const done = this.done
    if (done === 0) return { loss: Number.NaN, accuracy: Number.NaN, examples: 0 }
    this.done = 0
    const reading = read(this.parts.backend, whole(this.optimizer.totals))
    this.optimizer.clearTotals()
    const [loss, accuracy] = await reading
    return { loss: (loss as number) / done, accuracy: (accuracy as number) / done, examples: done }
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
    this.memory.dispose()
  }

  private async record(examples: Examples, size: number): Promise<Recorded> {
    const { differentiate, optimizer, parts } = this
    const settings = this.settings
    const { backend, weights } = parts
    const graph = await this.compiled(examples, size)
    // Before the plan has memory: the unrecorded step needs as much as stock's.
    const reference = await referenceOf({ backend, weights, differentiate, examples, size })
    const memory = new Buffers(backend)
    try {
      const plan = await guarded(backend.device, () => new Plan(graph, parts, memory))
      const updates = await guarded(backend.device, () => optimizer.dispatches(plan.sums))
      await checkPlan({ ...parts, examples, size, reference, plan, updates, settings, optimizer })
      emptyPool(backend)
      return { plan, memory, updates }
    } catch (thrown) {
      memory.dispose()
      throw thrown
    }
  }

  /** Two recordings that agree, as few programs as will do, with everything compiled. */
  private async compiled(examples: Examples, size: number): Promise<Scheduled<GPUComputePipeline>> {
    const { backend } = this.parts
    let graph: Graph<AnyPipeline>
    try {
      graph = this.traced(examples, size)
      compareGraphs(graph, this.traced(examples, size))
    } finally {
      await settlePipelines(backend)
    }
    const { device } = backend
    const fused = fuse(shorten(graph), {
      buffers: device.limits.maxStorageBuffersPerShaderStage,
      workgroups: (elements, threads) => workgroupsFor(device, elements, threads),
    })
    const compileNode = async ({ pipeline, ...node }: GraphNode<AnyPipeline | FusedProgram>) => {
      if (pipeline instanceof FusedProgram) return { ...node, pipeline: await this.fusedPipeline(pipeline) }
      return { ...node, pipeline: pipeline instanceof PendingPipeline ? await pipeline.ready : pipeline }
    }
    const [nodes, once] = await Promise.all([
      Promise.all(fused.nodes.map(compileNode)),
      Promise.all(fused.once.map(compileNode)),
    ])
    return { ...fused, nodes, once }
  }

  private fusedPipeline({ code }: FusedProgram): Promise<GPUComputePipeline> {
    const known = this.fusedPipelines.get(code)
    if (known) return known
    const made = compile(this.parts.backend.device, 'fused', code)
    this.fusedPipelines.set(code, made)
    return made
  }

  private traced({ shape, classes }: Examples, size: number): Graph<AnyPipeline> {
    const { backend, weights } = this.parts
    const known = weights.buffers()
    const inputs = new Map<GPUBuffer, string>()
    const input = (name: string, dimensions: readonly number[]): tf.Tensor => {
      const tensor = tf.engine().makeTensorFromTensorInfo(backend.makeTensorInfo(dimensions, 'float32'))
      const buffer = virtualBuffer(tensor.size * 4, GPUBufferUsage.STORAGE, false)
      inputs.set(buffer, name)
      dataOf(backend, tensor).resource = buffer
      return tensor
    }
    const xs = input('xs', [size, ...shape])
    const targets = input('targets', [size, classes]) as tf.Tensor2D
    const key = input('key', [2])
    try {
      const notes = trace(backend, weights.variables, () => {
        const { gradients, sums } = this.differentiate({ xs, targets }, key)
        return [...gradients.filter((gradient) => gradient.size > 0), sums]
      })
      return graphOf(notes, { inputs, weights: known })
    } finally {
      for (const tensor of [xs, targets, key]) {
        dataOf(backend, tensor).resource = null
        tensor.dispose()
      }
    }
  }
}

/** What a recording is for: batches of this many examples of this kind. */
function nameOf({ shape, classes }: Examples, size: number): string {
  return JSON.stringify({ size, shape, classes })
}
