/** A recorded step on the device: memory, programs, and what they are bound to. Nothing of it is made anew when it is replayed. */
import { layArenas, type Slice } from './arenas.ts'
import type { Buffers } from './buffers.ts'
import { type Copy, type Dispatch, dispatchOf, type Place, STORAGE, submit, whole, workgroupsFor } from './device.ts'
import type { DeviceWeights } from './device-weights.ts'
import type { GraphNode, ValueId } from './graph.ts'
import { RecordingError, type WebGpuBackend } from './internals.ts'
import { COPY_THREADS } from './kernels/copy.ts'
import { type Lifetime, shareMemory } from './memory.ts'
import type { Scheduled } from './passes.ts'

/** Memory for what a step makes and needs no longer when it ends; plans use it one after the other. */
export class Blocks {
  /** All of them, the largest values' first. */
  readonly buffers: GPUBuffer[] = []
  private readonly memory: Buffers

  constructor(memory: Buffers) {
    this.memory = memory
  }

  /** A place for each of the values. */
  share(values: readonly Lifetime[]): Place[] {
    const before = this.buffers.map(({ size }) => size)
    const { blocks, blockOf } = shareMemory(values, before)
    for (const size of blocks.slice(before.length)) this.buffers.push(this.memory.make(size, STORAGE()))
    return values.map(({ bytes }, i) => ({
      buffer: this.buffers[blockOf[i] as number] as GPUBuffer,
      offset: 0,
      size: bytes,
    }))
  }
}

export interface PlanParts {
  readonly backend: WebGpuBackend
  readonly weights: DeviceWeights
  readonly blocks: Blocks
  readonly copier: GPUComputePipeline
}

export class Plan {
  /** What is written before each step. */
  private readonly inputs: ReadonlyMap<string, Place>
  /** Forward and backward pass. */
  private readonly dispatches: readonly Dispatch[]
  /** Where the step's sums are. */
  readonly sums: Place
  /** New values of weights that the optimizer does not move, to be copied when the step is over. */
  private readonly copies: readonly Copy[]
  private readonly memory: Buffers
  private readonly backend: WebGpuBackend

  /** Runs what is run once. `graph.results`: gradients of the trained weights, in their order, then the sums. `memory`: of this plan alone. */
  constructor(graph: Scheduled<GPUComputePipeline>, { backend, weights, blocks, copier }: PlanParts, memory: Buffers) {
    this.backend = backend
    this.memory = memory
    const { device } = backend
    const { trained } = weights
    const pinned = pinnedGradients(graph, weights)
    const places = new Map<ValueId, Place>(pinned)
    this.placeConstants(graph, places)
    const held = new Set(graph.once.flatMap(({ writes }) => writes))
    for (const id of held)
      if (!places.has(id)) places.set(id, whole(this.memory.make(graph.values[id]?.bytes ?? 0, STORAGE())))
    graph.values.forEach((value, id) => {
      if (value.kind === 'weight') places.set(id, weights.placeOf(value.weight))
    })
    const lives = lifetimes(graph, (id) => places.has(id))
    const shared = blocks.share([...lives.values()])
    ;[...lives.keys()].forEach((id, i) => {
      places.set(id, shared[i] as Place)
    })

    const placeOf = (id: ValueId): Place => {
      const place = places.get(id)
      if (!place) throw new RecordingError('It reads what nobody has written.')
      return place
    }
    const dispatch = ({ pipeline, writes, reads, workgroups }: GraphNode<GPUComputePipeline>) =>
      dispatchOf(device, pipeline, [...writes, ...reads].map(placeOf), workgroups)
    const copy = (from: Place, to: Place) =>
      dispatchOf(device, copier, [to, from], workgroupsFor(device, to.size / 4, COPY_THREADS))
    const strays = graph.results.slice(0, trained).flatMap((id, i) => {
      return pinned.has(id) ? [] : [copy(placeOf(id), weights.gradientPlace(i))]
    })
    this.dispatches = [...graph.nodes.map(dispatch), ...strays]
    this.sums = placeOf(graph.results[trained] as ValueId)
    this.copies = graph.weights.flatMap((id, weight) => {
      const value = graph.values[id]
      if (value?.kind === 'weight' && value.weight === weight) return []
      if (weight < trained) throw new RecordingError('It moves a trained weight before the optimizer does.')
      return [{ from: placeOf(id), to: weights.placeOf(weight) }]
    })
    this.inputs = new Map(
      graph.values.flatMap((value, id) => {
        const place = places.get(id)
        return value.kind === 'input' && place ? [[value.name, place] as const] : []
      }),
    )
    if (graph.once.length > 0) submit(backend, [graph.once.map(dispatch)])
  }

  /** Where an input is read from; null where nothing reads it. */
  placeOf(name: string): Place | null {
    return this.inputs.get(name) ?? null
  }

  /** Before a step is submitted. `brought`: inputs that are there already when the step's own programs run. */
  write(values: { readonly [name: string]: Float32Array }, brought: readonly string[] = []): void {
    for (const [name, { buffer, offset }] of this.inputs) {
      if (brought.includes(name)) continue
      const value = values[name] as Float32Array
      this.backend.queue.writeBuffer(buffer, offset, value.buffer, value.byteOffset, value.byteLength)
    }
  }

  /** One step: its forward and backward pass, with what comes before and after. */
  submit(before: readonly Dispatch[] = [], after: readonly Dispatch[] = []): void {
    submit(this.backend, [before, this.dispatches, after], this.copies)
  }

  /** All uniforms in one buffer, all other constants in another. */
  private placeConstants({ values }: Scheduled<unknown>, places: Map<ValueId, Place>): void {
    for (const uniform of [true, false]) {
      const constants = values.flatMap((value, id) =>
        value.kind === 'constant' && value.uniform === uniform ? [{ id, contents: value.contents }] : [],
      )
      const { sizes, slices } = layArenas(
        constants.map(({ contents }) => contents.byteLength),
        Number.POSITIVE_INFINITY,
      )
      const [top] = sizes
      if (top === undefined) continue
      const usage = uniform ? GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST : STORAGE()
      const buffer = this.memory.make(top, usage)
      const all = new Uint8Array(top)
      constants.forEach(({ id, contents }, i) => {
        const { offset, bytes } = slices[i] as Slice
        all.set(contents, offset)
        places.set(id, { buffer, offset, size: bytes })
      })
      this.backend.queue.writeBuffer(buffer, 0, all)
    }
  }
}

/**
 * The gradients that are written straight to where the optimizer reads them. Not those that are of two weights, nor whose
 * program reads another gradient of the same vector: no program may write to a buffer that it also reads.
 */
function pinnedGradients(graph: Scheduled<unknown>, weights: DeviceWeights): Map<ValueId, Place> {
  const gradients = graph.results.slice(0, weights.trained)
  const made = new Set(graph.nodes.flatMap(({ writes }) => writes))
  const pinned = new Map<ValueId, number>()
  gradients.forEach((id, i) => {
    const single = gradients.indexOf(id) === i && gradients.lastIndexOf(id) === i
    if (single && made.has(id) && id !== graph.results[weights.trained]) pinned.set(id, i)
  })
  const arenaOf = (id: ValueId) => weights.gradientArena(pinned.get(id) as number)
  for (const node of graph.nodes) {
    for (const out of node.writes) {
      if (!pinned.has(out)) continue
      if (node.reads.some((id) => pinned.has(id) && arenaOf(id) === arenaOf(out))) pinned.delete(out)
    }
  }
  return new Map([...pinned].map(([id, i]) => [id, weights.gradientPlace(i)] as const))
}

/** Of all values that need memory of a step's own. Inputs are there before its first node, results after its last one. */
function lifetimes(graph: Scheduled<unknown>, placed: (id: ValueId) => boolean): Map<ValueId, Lifetime> {
  const lives = new Map<ValueId, Lifetime>()
  const touch = (id: ValueId, at: number) => {
    if (placed(id)) return
    const { kind, bytes } = graph.values[id] as { kind: string; bytes: number }
    const first = lives.get(id)?.first ?? (kind === 'input' ? -1 : at)
    lives.set(id, { bytes, first, last: at })
  }
  const isThere = (id: ValueId) => placed(id) || lives.has(id) || graph.values[id]?.kind === 'input'
  graph.nodes.forEach(({ writes, reads }, at) => {
    if (!reads.every((id) => isThere(id))) throw new RecordingError('It reads what is not yet written.')
    for (const id of [...writes, ...reads]) touch(id, at)
  })
  for (const id of [...graph.results, ...graph.weights]) touch(id, graph.nodes.length)
  return lives
}
