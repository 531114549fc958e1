/** Counts what reaches the GPU, by the calls that take it there. */

/** What a step asked of the GPU. */
export interface GpuCalls {
  readonly dispatches: number
  readonly buffers: number
  readonly bindGroups: number
  readonly submits: number
}

const counted = { dispatches: 0, buffers: 0, bindGroups: 0, submits: 0 }
const memory = { now: 0, peak: 0 }

/** Of what is handed over in this. */
export function gpuCallsOf(work: () => void): GpuCalls {
  const before = { ...counted }
  work()
  return {
    dispatches: counted.dispatches - before.dispatches,
    buffers: counted.buffers - before.buffers,
    bindGroups: counted.bindGroups - before.bindGroups,
    submits: counted.submits - before.submits,
  }
}

/** Bytes of all buffers together, when they were the most. */
export const peakBytes = (): number => memory.peak

let counting = false

/** Wraps those calls, where there are any. Once: a second wrapping would count all of them twice. */
export function countGpuCalls(): void {
  if (counting || !('GPUDevice' in globalThis)) return
  counting = true
  before(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => counted.dispatches++)
  before(GPUDevice.prototype, 'createBindGroup', () => counted.bindGroups++)
  before(GPUQueue.prototype, 'submit', () => counted.submits++)
  before(GPUDevice.prototype, 'createBuffer', (_, [descriptor]) => {
    counted.buffers++
    memory.now += (descriptor as GPUBufferDescriptor).size
    memory.peak = Math.max(memory.peak, memory.now)
  })
  const gone = new WeakSet<object>()
  before(GPUBuffer.prototype, 'destroy', (buffer) => {
    if (gone.has(buffer)) return
    gone.add(buffer)
    memory.now -= (buffer as GPUBuffer).size
  })
}

function before(prototype: object, method: string, note: (self: object, args: readonly unknown[]) => void): void {
  const table = prototype as Record<string, (...args: unknown[]) => unknown>
  const original = table[method] as (...args: unknown[]) => unknown
  table[method] = function (this: object, ...args: unknown[]) {
    note(this, args)
    return original.apply(this, args)
  }
}
