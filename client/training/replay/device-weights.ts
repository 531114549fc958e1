/** A model's weights while steps are replayed: side by side on the device, with their gradients. */
import type * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { trainedVariables } from '../steps/differentiate.ts'
import { type Arenas, layArenas, type Slice } from './arenas.ts'
import type { Buffers } from './buffers.ts'
import { clear, type Place, STORAGE } from './device.ts'
import { bufferOf, dataOf, flush, RecordingError, type WebGpuBackend } from './internals.ts'

interface Made {
  readonly arenas: readonly GPUBuffer[]
  readonly gradients: readonly GPUBuffer[]
  readonly others: readonly GPUBuffer[]
}

export class DeviceWeights {
  /** All of the model's: the trained ones, then those that are not. Graphs name them by their index here. */
  readonly variables: readonly tf.Variable[]
  readonly trained: number
  private readonly memory: Buffers
  private made: Made | null = null
  private readonly layout: Arenas
  private readonly otherLayout: Arenas
  private readonly backend: WebGpuBackend

  constructor(backend: WebGpuBackend, model: LayersModel, memory: Buffers) {
    this.backend = backend
    const trained = trainedVariables(model)
    const others = model.nonTrainableWeights.map((weight) => weight.read() as tf.Variable)
    this.variables = [...trained, ...others].filter(({ size }) => size > 0)
    this.trained = trained.filter(({ size }) => size > 0).length
    const { maxStorageBufferBindingSize, maxBufferSize } = backend.device.limits
    const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize)
    const lay = (some: readonly tf.Variable[]) =>
      layArenas(
        some.map(({ size }) => size * Float32Array.BYTES_PER_ELEMENT),
        limit,
      )
    this.layout = lay(this.variables.slice(0, this.trained))
    this.otherLayout = lay(this.variables.slice(this.trained))
    this.memory = memory
  }

  /** Bytes of each arena. */
  get sizes(): readonly number[] {
    return this.layout.sizes
  }

  /** Of the trained weights. */
  get arenas(): readonly GPUBuffer[] {
    return this.buffersOfOwn.arenas
  }

  /** Of the trained weights. */
  get gradients(): readonly GPUBuffer[] {
    return this.buffersOfOwn.gradients
  }

  /** Made when they are first asked for: the step that recordings are held against needs memory before that. */
  private get buffersOfOwn(): Made {
    if (!this.made) {
      const make = ({ sizes }: Arenas) => sizes.map((size) => this.memory.make(size, STORAGE()))
      this.made = { arenas: make(this.layout), gradients: make(this.layout), others: make(this.otherLayout) }
      this.clear()
    }
    return this.made
  }

  /** All 0: what lies between the weights is gone over with them. */
  clear(): void {
    clear(this.backend, [...this.arenas, ...this.gradients])
  }

  placeOf(weight: number): Place {
    if (weight < this.trained) return place(this.arenas, this.layout.slices[weight])
    return place(this.buffersOfOwn.others, this.otherLayout.slices[weight - this.trained])
  }

  gradientPlace(weight: number): Place {
    return place(this.gradients, this.layout.slices[weight])
  }

  gradientArena(weight: number): number {
    return this.layout.slices[weight]?.arena ?? 0
  }

  /** Buffers of the model's own variables, as tfjs holds them now. */
  buffers(): Map<GPUBuffer, number> {
    for (const variable of this.variables) {
      const data = dataOf(this.backend, variable)
      if (!data.resource && !data.values) throw new RecordingError('A weight has no value.')
      // What tfjs has read of it would be taken for a constant.
      if (data.resource) data.values = null
    }
    return this.present()
  }

  private present(): Map<GPUBuffer, number> {
    const buffers = new Map(this.variables.map((variable, i) => [bufferOf(this.backend, variable), i] as const))
    flush(this.backend)
    if (buffers.size < this.variables.length) throw new RecordingError('Two weights share one buffer.')
    return buffers
  }

  /** From the model's variables. */
  load(): void {
    this.copy(this.buffers(), (encoder, own, place) => {
      encoder.copyBufferToBuffer(own, 0, place.buffer, place.offset, place.size)
    })
  }

  /** Frees the variables' own memory: until they are stored again, they have no values. */
  release(): void {
    for (const variable of this.variables) {
      const data = dataOf(this.backend, variable)
      if (data.resource) this.backend.bufferManager.releaseBuffer(data.resource, false)
      Object.assign(data, { resource: null, values: null })
    }
  }

  /** Into the model's variables. */
  store(): void {
    this.copy(this.present(), (encoder, own, place) => {
      encoder.copyBufferToBuffer(place.buffer, place.offset, own, 0, place.size)
    })
    // tfjs keeps what it has read of a tensor.
    for (const variable of this.variables) dataOf(this.backend, variable).values = null
  }

  private copy(
    buffers: ReadonlyMap<GPUBuffer, number>,
    one: (encoder: GPUCommandEncoder, own: GPUBuffer, place: Place) => void,
  ): void {
    const encoder = this.backend.device.createCommandEncoder()
    for (const [buffer, i] of buffers) one(encoder, buffer, this.placeOf(i))
    this.backend.queue.submit([encoder.finish()])
  }
}

function place(buffers: readonly GPUBuffer[], slice: Slice | undefined): Place {
  const { arena, offset, bytes } = slice as Slice
  return { buffer: buffers[arena] as GPUBuffer, offset, size: bytes }
}
