/** Small things to do with a device. */
import { flush, RecordingError, type WebGpuBackend } from './internals.ts'

/** A part of a buffer, as programs are bound to it. */
export interface Place {
  readonly buffer: GPUBuffer
  readonly offset: number
  readonly size: number
}

export const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST

export const whole = (buffer: GPUBuffer): Place => ({ buffer, offset: 0, size: buffer.size })

/** A program with what it is bound to. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline
  readonly group: GPUBindGroup
  readonly workgroups: readonly [number, number, number]
}

/** `places`: by binding number; what the program does not use is left out. */
export function dispatchOf(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  places: readonly (Place | null)[],
  workgroups: readonly [number, number, number],
): Dispatch {
  const entries = places.flatMap((resource, binding) => (resource ? [{ binding, resource }] : []))
  return { pipeline, group: device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }), workgroups }
}

/** What is copied when all programs have run. */
export interface Copy {
  readonly from: Place
  readonly to: Place
}

/** Resolves when the device has done all that it has been given. */
export function allDone(backend: WebGpuBackend): Promise<unknown> {
  flush(backend)
  return backend.queue.onSubmittedWorkDone()
}

/** One pass over all of them, one submission. */
export function submit(
  { device, queue }: WebGpuBackend,
  dispatches: readonly (readonly Dispatch[])[],
  copies: readonly Copy[] = [],
): void {
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  for (const some of dispatches) encodeAll(pass, some)
  pass.end()
  for (const { from, to } of copies) encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, to.size)
  queue.submit([encoder.finish()])
}

/** All 0. */
export function clear({ device, queue }: WebGpuBackend, buffers: readonly GPUBuffer[]): void {
  const encoder = device.createCommandEncoder()
  for (const buffer of buffers) encoder.clearBuffer(buffer)
  queue.submit([encoder.finish()])
}

function encodeAll(pass: GPUComputePassEncoder, dispatches: readonly Dispatch[]): void {
  let current: GPUComputePipeline | null = null
  for (const { pipeline, group, workgroups } of dispatches) {
    if (pipeline !== current) pass.setPipeline(pipeline)
    current = pipeline
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2])
  }
}

/** Enough workgroups of so many threads for this many elements, in two dimensions where one is too short. */
export function workgroupsFor(device: GPUDevice, elements: number, threads: number): [number, number, number] {
  const groups = Math.max(1, Math.ceil(elements / threads))
  const x = Math.min(groups, device.limits.maxComputeWorkgroupsPerDimension)
  return [x, Math.ceil(groups / x), 1]
}

/** Throws RecordingError where there is an error in it. */
export async function compile(device: GPUDevice, label: string, code: string): Promise<GPUComputePipeline> {
  const module = await guarded(device, () => device.createShaderModule({ label, code }))
  return device.createComputePipelineAsync({ label, layout: 'auto', compute: { module, entryPoint: 'main' } })
}

/** Throws RecordingError where the device refuses what is made here, or has no memory for it. */
export async function guarded<T>(device: GPUDevice, make: () => T): Promise<T> {
  device.pushErrorScope('out-of-memory')
  device.pushErrorScope('validation')
  let popped: Promise<GPUError | null>[] = []
  let made: T
  try {
    made = make()
  } finally {
    // Both at once: scopes are the device's, and others use it while this one waits.
    popped = [device.popErrorScope(), device.popErrorScope()]
    for (const scope of popped) scope.catch(() => {})
  }
  const [refused] = (await Promise.all(popped)).flatMap((error) => (error ? [error.message] : []))
  if (refused !== undefined) throw new RecordingError(refused)
  return made
}

/** Reads part of a buffer. */
export async function read(backend: WebGpuBackend, place: Place): Promise<Float32Array> {
  const [values] = await readAll(backend, [place])
  return values as Float32Array
}

/** Reads parts of buffers, one after the other: in one piece, or in as few as the device's largest buffer allows. */
export async function readAll(backend: WebGpuBackend, places: readonly Place[]): Promise<Float32Array[]> {
  flush(backend)
  const most = backend.device.limits.maxBufferSize
  const pieces: { bytes: number; places: Place[] }[] = []
  for (const place of places) {
    const last = pieces.at(-1)
    if (last && last.bytes + place.size <= most) {
      last.bytes += place.size
      last.places.push(place)
    } else pieces.push({ bytes: place.size, places: [place] })
  }
  return Promise.all(pieces.map((piece) => readPiece(backend, piece)))
}

async function readPiece(
  { device, queue, bufferManager }: WebGpuBackend,
  { bytes, places }: { readonly bytes: number; readonly places: readonly Place[] },
): Promise<Float32Array> {
  const staging = bufferManager.acquireBuffer(bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)
  const encoder = device.createCommandEncoder()
  let at = 0
  for (const { buffer, offset, size } of places) {
    encoder.copyBufferToBuffer(buffer, offset, staging, at, size)
    at += size
  }
  queue.submit([encoder.finish()])
  await staging.mapAsync(GPUMapMode.READ)
  const values = new Float32Array(staging.getMappedRange().slice(0))
  staging.unmap()
  bufferManager.releaseBuffer(staging)
  return values
}
