/**
 * Runs a step of tfjs without computing anything, and writes down what it would have asked of the GPU. tfjs' device, queue
 * and buffers are exchanged for such as only take notes.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { ProgramNote } from './fusion/program-note.ts'
import { HeldWeights } from './held-weights.ts'
import {
  type BufferManager,
  dataOf,
  flush,
  type Program,
  type ProgramUniform,
  RecordingError,
  type TensorData,
  type WebGpuBackend,
} from './internals.ts'
import { type AnyPipeline, PendingPipeline } from './pending-pipeline.ts'
import { isVirtual, virtualBuffer, writeVirtual } from './virtual-buffer.ts'

export interface TracedDispatch {
  readonly pipeline: AnyPipeline
  /** In the order of their binding numbers. The first is written, all others are read. */
  readonly buffers: readonly GPUBuffer[]
  readonly workgroups: readonly [number, number, number]
  /** null where it is no program of tfjs' own. */
  readonly note: ProgramNote | null
}

export interface Trace {
  readonly dispatches: readonly TracedDispatch[]
  /** What the step answered. */
  readonly results: readonly GPUBuffer[]
  /** Where each of the weights is after it. */
  readonly weights: readonly GPUBuffer[]
}

/** Throws RecordingError where the step does what cannot be replayed, or what tfjs throws. Leaves everything as it was. */
export function trace(backend: WebGpuBackend, weights: readonly tf.Variable[], step: () => tf.Tensor[]): Trace {
  flush(backend)
  const held = new HeldWeights(weights)
  const notes = new Notes(backend)
  try {
    return notes.take(
      () => {
        const answer = tf.tidy(step)
        const bufferIn = (tensor: tf.Tensor): GPUBuffer => {
          backend.uploadToGPU(tensor.dataId)
          return dataOf(backend, tensor).resource as GPUBuffer
        }
        const results = answer.map(bufferIn)
        const after = weights.map(bufferIn)
        tf.dispose(answer)
        return { results, weights: after }
      },
      () => held.restore(),
    )
  } finally {
    held.dispose()
  }
}

class Notes {
  private readonly backend: WebGpuBackend
  private readonly real: { readonly device: GPUDevice; readonly queue: GPUQueue; readonly bufferManager: BufferManager }
  private readonly dispatches: TracedDispatch[] = []
  private readonly uploads: { readonly data: TensorData; readonly values: TensorData['values'] }[] = []
  private readonly released: GPUBuffer[] = []
  private note: ProgramNote | null = null

  constructor(backend: WebGpuBackend) {
    this.backend = backend
    const { device, queue, bufferManager } = backend
    this.real = { device, queue, bufferManager }
  }

  take(run: () => Omit<Trace, 'dispatches'>, undo: () => void): Trace {
    const backend = this.backend
    backend.device = this.device() as unknown as GPUDevice
    backend.queue = this.queue() as unknown as GPUQueue
    backend.bufferManager = this.bufferManager()
    const { uploadToGPU } = backend
    backend.uploadToGPU = (dataId) => {
      const data = backend.tensorMap.get(dataId)
      const values = data.resource ? null : data.values
      uploadToGPU.call(backend, dataId)
      if (values) this.uploads.push({ data, values })
    }
    const { recordAndSubmit } = backend
    backend.recordAndSubmit = (program, output, inputs, uniforms) => {
      this.note = noteOf(backend, program, output, inputs, uniforms ?? [])
      recordAndSubmit.call(backend, program, output, inputs, uniforms)
      this.note = null
    }
    backend.readSync = (dataId) => {
      const { values, resource } = backend.tensorMap.get(dataId)
      if (values && !resource) return values
      throw new RecordingError('It reads from the GPU in the middle.')
    }
    try {
      return { ...run(), dispatches: this.dispatches }
    } finally {
      try {
        undo()
        flush(backend)
      } finally {
        this.restore()
      }
    }
  }

  private restore(): void {
    const backend = this.backend
    // They are methods of its class again.
    for (const own of ['uploadToGPU', 'readSync', 'recordAndSubmit'] as const)
      delete (backend as Partial<WebGpuBackend>)[own]
    Object.assign(backend, this.real)
    // Constants that outlive the step stay what they were: values that are not on the GPU yet.
    for (const { data, values } of this.uploads) {
      if (data.resource && isVirtual(data.resource)) Object.assign(data, { resource: null, values })
    }
    for (const buffer of this.released) backend.bufferManager.releaseBuffer(buffer)
  }

  private device(): object {
    const { device } = this.real
    return {
      limits: device.limits,
      features: device.features,
      createCommandEncoder: () => this.encoder(),
      createShaderModule: (descriptor: GPUShaderModuleDescriptor) => device.createShaderModule(descriptor),
      createComputePipeline: (descriptor: GPUComputePipelineDescriptor) => new PendingPipeline(device, descriptor),
      createBindGroup: ({ entries }: GPUBindGroupDescriptor) => entries,
    }
  }

  private encoder(): object {
    return {
      beginComputePass: () => this.pass(),
      finish: () => null,
      copyBufferToBuffer: () => {
        throw new RecordingError('It copies a buffer.')
      },
      copyBufferToTexture: () => {
        throw new RecordingError('It uses a texture.')
      },
    }
  }

  private pass(): object {
    let pipeline: AnyPipeline | null = null
    let buffers: readonly GPUBuffer[] = []
    return {
      setPipeline: (next: AnyPipeline) => {
        pipeline = next
      },
      setBindGroup: (_group: number, entries: readonly GPUBindGroupEntry[]) => {
        buffers = entries.toSorted((a, b) => a.binding - b.binding).map(({ resource }) => bound(resource))
      },
      dispatchWorkgroups: (x: number, y = 1, z = 1) => {
        this.dispatches.push({ pipeline: pipeline as AnyPipeline, buffers, workgroups: [x, y, z], note: this.note })
      },
      end: () => {},
    }
  }

  private queue(): object {
    return {
      submit: () => {},
      writeBuffer: (buffer: GPUBuffer, offset: number, data: ArrayBuffer, from = 0, size = data.byteLength - from) => {
        if (!isVirtual(buffer)) throw new RecordingError('It writes to a buffer that was there before.')
        writeVirtual(buffer, offset, new Uint8Array(data, from, size))
      },
    }
  }

  private bufferManager(): BufferManager {
    const { numBytesUsed, numBytesAllocated, numFreeBuffers, freeBuffers } = this.real.bufferManager
    return {
      numBytesUsed,
      numBytesAllocated,
      numFreeBuffers,
      freeBuffers,
      acquireBuffer: (size, usage, mapped = false) => {
        if (usage & GPUBufferUsage.MAP_READ) throw new RecordingError('It reads from the GPU in the middle.')
        return virtualBuffer(size, usage, mapped)
      },
      releaseBuffer: (buffer) => {
        if (!isVirtual(buffer)) this.released.push(buffer)
      },
    }
  }
}

function noteOf(
  backend: WebGpuBackend,
  { shaderKey, op, newDim, pointwise }: Program,
  output: tf.TensorInfo,
  inputs: readonly tf.TensorInfo[],
  uniforms: readonly ProgramUniform[],
): ProgramNote {
  const describe = (tensor: tf.TensorInfo) => ({ shape: tensor.shape, type: dataOf(backend, tensor).dtype })
  return {
    key: shaderKey,
    op: op ?? null,
    permutation: newDim ?? null,
    inputs: inputs.map(describe),
    output: describe(output),
    uniforms: uniforms.map(({ data }) => data),
    recipe: pointwise ?? null,
  }
}

function bound(resource: GPUBindingResource): GPUBuffer {
  const { buffer } = resource as Partial<GPUBufferBinding>
  if (buffer) return buffer
  throw new RecordingError('It uses a texture.')
}
