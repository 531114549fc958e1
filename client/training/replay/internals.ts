/** What is used of tfjs' WebGPU backend beyond its interface. tfjs is pinned, and all of this is looked for before it is relied on. */
import * as tf from '@tensorflow/tfjs-core'
import type { Recipe } from './fusion/program-note.ts'

export interface TensorData {
  values: tf.backend_util.TypedArray | null
  resource: GPUBuffer | null
  refCount: number
  readonly dtype: 'float32' | 'int32' | 'bool'
}

export interface Program {
  readonly shaderKey: string
  readonly op?: number
  readonly newDim?: readonly number[]
  /** Of programs of our own. */
  readonly pointwise?: Recipe
}

export interface ProgramUniform {
  readonly data: readonly number[]
}

export interface BufferManager {
  numBytesUsed: number
  numBytesAllocated: number
  numFreeBuffers: number
  readonly freeBuffers: Map<string, GPUBuffer[]>
  acquireBuffer(size: number, usage: number, mappedAtCreation?: boolean, reuse?: boolean): GPUBuffer
  releaseBuffer(buffer: GPUBuffer, reuse?: boolean): void
}

export interface WebGpuBackend {
  device: GPUDevice
  queue: GPUQueue
  bufferManager: BufferManager
  commandEncoder: GPUCommandEncoder | null
  computePassEncoder: GPUComputePassEncoder | null
  readonly pipelineCache: Record<string, GPUComputePipeline>
  readonly tensorMap: { get(dataId: object): TensorData }
  uploadToGPU(dataId: object): void
  readSync(dataId: object): tf.backend_util.BackendValues
  makeTensorInfo(shape: readonly number[], dtype: 'float32' | 'int32'): tf.TensorInfo
  recordAndSubmit(
    program: Program,
    output: tf.TensorInfo,
    inputs: readonly tf.TensorInfo[],
    uniforms?: readonly ProgramUniform[],
  ): void
  submitQueue(): void
  endComputePassEncoder(): void
}

const METHODS = [
  'uploadToGPU',
  'readSync',
  'makeTensorInfo',
  'recordAndSubmit',
  'submitQueue',
  'endComputePassEncoder',
] as const
const OBJECTS = ['device', 'queue', 'bufferManager', 'pipelineCache', 'tensorMap'] as const

/** tfjs' flag for how many operations it encodes before it submits them. */
const SUBMIT_AFTER = 'WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE'

/** A step that cannot be recorded, and why. It can be run unrecorded all the same. */
export class RecordingError extends Error {}

/** The present backend, as WebGPU's. Throws RecordingError where it is not what this code knows. */
export function webGpuBackend(): WebGpuBackend {
  const backend = tf.backend() as unknown as Record<string, unknown>
  const strange =
    METHODS.find((name) => typeof backend[name] !== 'function') ??
    OBJECTS.find((name) => typeof backend[name] !== 'object' || backend[name] === null)
  if (strange) throw new RecordingError(`tfjs’ backend has no ${strange}.`)
  const { freeBuffers, numBytesAllocated } = (backend as unknown as WebGpuBackend).bufferManager
  if (!(freeBuffers instanceof Map) || typeof numBytesAllocated !== 'number')
    throw new RecordingError('tfjs’ buffers are kept otherwise.')
  return backend as unknown as WebGpuBackend
}

/** Hands over what tfjs has encoded and not yet submitted. */
export function flush(backend: WebGpuBackend): void {
  if (!backend.commandEncoder) return
  backend.endComputePassEncoder()
  backend.submitQueue()
}

/** Runs work whose operations are submitted one by one: until then, tfjs lets go of none of what they no longer need. */
export function oneByOne<T>(work: () => T): T {
  const before = tf.env().getNumber(SUBMIT_AFTER)
  tf.env().set(SUBMIT_AFTER, 1)
  try {
    return work()
  } finally {
    tf.env().set(SUBMIT_AFTER, before)
  }
}

/** Destroys the buffers that tfjs keeps for later tensors of the same sizes. */
export function emptyPool(backend: WebGpuBackend): void {
  flush(backend)
  const { bufferManager } = backend
  for (const buffers of bufferManager.freeBuffers.values()) {
    for (const buffer of buffers.splice(0)) {
      bufferManager.numBytesAllocated -= buffer.size
      bufferManager.numFreeBuffers--
      buffer.destroy()
    }
  }
}

export function dataOf(backend: WebGpuBackend, tensor: tf.TensorInfo): TensorData {
  return backend.tensorMap.get(tensor.dataId)
}

/** The buffer of a tensor, which is uploaded where it has none. */
export function bufferOf(backend: WebGpuBackend, tensor: tf.TensorInfo): GPUBuffer {
  backend.uploadToGPU(tensor.dataId)
  const { resource } = dataOf(backend, tensor)
  if (!resource) throw new RecordingError('A tensor has no buffer.')
  return resource
}
