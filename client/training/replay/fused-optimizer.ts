/** A task's local optimizer as one program over all weights. */
import type { OptimizerSettings } from '../../../shared/protocol/participant.ts'
import { correctionOf, SLOTS, shrinkageOf } from '../optimizers/rules.ts'
import type { Buffers } from './buffers.ts'
import {
  clear,
  compile,
  type Dispatch,
  dispatchOf,
  guarded,
  type Place,
  STORAGE,
  whole,
  workgroupsFor,
} from './device.ts'
import type { DeviceWeights } from './device-weights.ts'
import type { WebGpuBackend } from './internals.ts'
import { LANES, optimizerShader, PARTS, RATES, squaresShader, THREADS } from './kernels/optimizer.ts'

const FLOAT = Float32Array.BYTES_PER_ELEMENT

interface Pipelines {
  /** The one that adds up the step's sums as well, and the one that does not. */
  readonly first: GPUComputePipeline
  readonly further: GPUComputePipeline
  readonly squares: readonly GPUComputePipeline[]
}

export class FusedOptimizer {
  private readonly backend: WebGpuBackend
  private readonly settings: OptimizerSettings
  private readonly weights: DeviceWeights
  private readonly pipelines: Pipelines
  private readonly rates: GPUBuffer
  private readonly rateValues = new Float32Array(RATES.length)
  /** Sums over all steps: of losses, and of right answers. */
  readonly totals: GPUBuffer
  private made: readonly (readonly GPUBuffer[])[] | null = null
  private readonly memory: Buffers
  private readonly parts: GPUBuffer | null
  private steps = 0

  static async make(
    backend: WebGpuBackend,
    settings: OptimizerSettings,
    weights: DeviceWeights,
    memory: Buffers,
  ): Promise<FusedOptimizer> {
    const { device } = backend
    const squares = settings.clipNorm === null ? [] : weights.sizes.map((_, a) => squaresShader(a * PARTS))
    const [first, further, ...rest] = await Promise.all([
      compile(device, 'optimizer', optimizerShader(settings, true)),
      compile(device, 'optimizer', optimizerShader(settings, false)),
      ...squares.map((code) => compile(device, 'squares', code)),
    ])
    const pipelines = { first, further, squares: rest }
    return guarded(device, () => new FusedOptimizer(backend, settings, weights, pipelines, memory))
  }

  private constructor(
    backend: WebGpuBackend,
    settings: OptimizerSettings,
    weights: DeviceWeights,
    pipelines: Pipelines,
    memory: Buffers,
  ) {
    this.backend = backend
    this.settings = settings
    this.weights = weights
    this.pipelines = pipelines
    const make = (size: number, usage = STORAGE()) => memory.make(size, usage)
    this.rates = make(RATES.length * FLOAT, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST)
    this.totals = make(2 * FLOAT)
    this.memory = memory
    this.parts = settings.clipNorm === null ? null : make(weights.sizes.length * PARTS * FLOAT)
  }

  /** What it remembers, by the weights' arenas; made when it is first asked for, as theirs. */
  private get slots(): readonly (readonly GPUBuffer[])[] {
    const memory = this.memory
    this.made ??= this.weights.sizes.map((size) => SLOTS[this.settings.name].map(() => memory.make(size, STORAGE())))
    return this.made
  }

  /** `sums`: where the step leaves its own. */
  dispatches(sums: Place): Dispatch[] {
    const { device } = this.backend
    const parts = this.parts
    const squares = parts
      ? this.pipelines.squares.map((pipeline, a) =>
          dispatchOf(device, pipeline, [whole(parts), whole(this.weights.gradients[a] as GPUBuffer)], [PARTS, 1, 1]),
        )
      : []
    const updates = this.weights.arenas.map((arena, a) => {
      const [slot0, slot1] = this.slots[a] as readonly GPUBuffer[]
      const places = [
        whole(arena),
        whole(this.weights.gradients[a] as GPUBuffer),
        whole(this.rates),
        a === 0 ? sums : null,
        a === 0 ? whole(this.totals) : null,
        slot0 ? whole(slot0) : null,
        slot1 ? whole(slot1) : null,
        parts ? whole(parts) : null,
      ]
      const groups = workgroupsFor(device, arena.size / FLOAT / LANES, THREADS)
      return dispatchOf(device, a === 0 ? this.pipelines.first : this.pipelines.further, places, groups)
    })
    return [...squares, ...updates]
  }

  /** A fresh one. */
  begin(): void {
    const { queue } = this.backend
    this.steps = 0
    const firsts = SLOTS[this.settings.name]
    clear(this.backend, [this.totals, ...this.slots.flatMap((slots) => slots.filter((_, i) => firsts[i] === 0))])
    for (const slots of this.slots) {
      slots.forEach((slot, i) => {
        const first = firsts[i] as number
        if (first !== 0) queue.writeBuffer(slot, 0, new Float32Array(slot.size / FLOAT).fill(first))
      })
    }
  }

  clearTotals(): void {
    clear(this.backend, [this.totals])
  }

  /** Before a step is submitted. */
  setRate(learningRate: number): void {
    const { beta1, beta2 } = this.settings
    this.steps++
    this.rateValues.set([
      learningRate,
      shrinkageOf(this.settings, learningRate),
      correctionOf(beta1, this.steps),
      correctionOf(beta2, this.steps),
    ])
    this.backend.queue.writeBuffer(this.rates, 0, this.rateValues)
  }
}
