import type { WebGpuBackend } from './internals.ts'

/** Buffers of one owner, who lets go of them together. They count as tfjs' own do, but are not kept for later tensors. */
export class Buffers {
  private readonly backend: WebGpuBackend
  private readonly owned: GPUBuffer[] = []

  constructor(backend: WebGpuBackend) {
    this.backend = backend
  }

  make(size: number, usage: number): GPUBuffer {
    const buffer = this.backend.bufferManager.acquireBuffer(size, usage)
    this.owned.push(buffer)
    return buffer
  }

  dispose(): void {
    for (const buffer of this.owned.splice(0)) this.backend.bufferManager.releaseBuffer(buffer, false)
  }
}
