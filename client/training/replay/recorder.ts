/** Makes recordings of a model's step: traced twice, shortened, compiled, laid out in memory, checked. */
import * as tf from '@tensorflow/tfjs-core'
import { arraysOf, type Examples, range } from '../../../shared/models/examples.ts'
import type { TrainSettings } from '../../../shared/protocol/participant.ts'
import { webgpuIsSoftware } from '../backends/webgpu.ts'
import type { Differentiate } from '../steps/differentiate.ts'
import { takeOpenShapes } from '../webgpu/filter-gradient.ts'
import { chooseFilterGradients } from '../webgpu/measure.ts'
import { Buffers } from './buffers.ts'
import { checkPlan } from './check.ts'
import { compile, type Dispatch, guarded, STORAGE, workgroupsFor } from './device.ts'
import type { FusedOptimizer } from './fused-optimizer.ts'
import { FusedProgram, fuse } from './fusion/fuse.ts'
import { compareGraphs, type Graph, type GraphNode } from './graph.ts'
import { graphOf } from './graph-of.ts'
import { dataOf, emptyPool } from './internals.ts'
import { type Scheduled, shorten } from './passes.ts'
import { type AnyPipeline, PendingPipeline, settlePipelines } from './pending-pipeline.ts'
import { Plan, type PlanParts } from './plan.ts'
import { referenceOf } from './reference.ts'
import { trace } from './trace.ts'
import { virtualBuffer } from './virtual-buffer.ts'

export interface RecorderParts extends PlanParts {
  readonly differentiate: Differentiate
  readonly settings: TrainSettings
  readonly optimizer: FusedOptimizer
}

export interface Recording {
  readonly plan: Plan
  /** Of this recording alone. */
  readonly memory: Buffers
  /** Of the optimizer, after the plan's own. */
  readonly updates: readonly Dispatch[]
  /** Says which examples are gathered, where they are on the device. */
  readonly indices: GPUBuffer
  /** For the batch of a step, again and again. */
  readonly arrays: { readonly xs: Float32Array; readonly targets: Float32Array }
}

export class Recorder {
  private readonly parts: RecorderParts
  private readonly fusedPipelines = new Map<string, Promise<GPUComputePipeline>>()

  constructor(parts: RecorderParts) {
    this.parts = parts
  }

  /** Of batches of `size` of such examples. Throws RecordingError, or 'training/diverged' where their losses are not finite. */
  async record(examples: Examples, size: number): Promise<Recording> {
    const { parts } = this
    const { backend, optimizer } = parts
    const graph = await this.compiled(examples, size)
    // Before the plan has memory: the unrecorded step needs as much as stock's.
    const reference = await referenceOf({ ...parts, examples, size })
    const memory = new Buffers(backend)
    try {
      const plan = await guarded(backend.device, () => new Plan(graph, parts, memory))
      const indices = await guarded(backend.device, () => memory.make(size * 4, STORAGE()))
      const updates = await guarded(backend.device, () => optimizer.dispatches(plan.sums))
      await checkPlan({ ...parts, examples, size, reference, plan, updates })
      emptyPool(backend)
      return { plan, memory, updates, indices, arrays: arraysOf(examples, range(0, size)) }
    } catch (thrown) {
      memory.dispose()
      throw thrown
    }
  }

  /** Two recordings that agree, as few programs as will do, with everything compiled. */
  private async compiled(examples: Examples, size: number): Promise<Scheduled<GPUComputePipeline>> {
    const { backend } = this.parts
    const software = await webgpuIsSoftware()
    let graph: Graph<AnyPipeline>
    try {
      graph = this.traced(examples, size)
      const shapes = takeOpenShapes()
      if (shapes.length > 0 && !software) {
        // What is measured runs on tfjs' backend, where no program may be one that is still being compiled.
        await settlePipelines(backend)
        await chooseFilterGradients(shapes)
        graph = this.traced(examples, size)
      }
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

  private traced({ shape, outputs }: Examples, size: number): Graph<AnyPipeline> {
    const { backend, weights, differentiate } = this.parts
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
    const targets = input('targets', [size, outputs]) as tf.Tensor2D
    const key = input('key', [2])
    try {
      const notes = trace(backend, weights.variables, () => {
        const { gradients, sums } = differentiate({ xs, targets }, key)
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
