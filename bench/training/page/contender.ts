import type { BackendName } from '../../../shared/protocol/participant.ts'
import type { ModelName } from '../models.ts'

export type OptimizerName = 'sgd' | 'adam'

export interface Setup {
  readonly side: 'ours' | 'stock'
  readonly model: ModelName
  readonly optimizer: OptimizerName
  readonly backend: BackendName
}

/** What a step asked of the GPU. */
export interface GpuCalls {
  readonly dispatches: number
  readonly buffers: number
  readonly bindGroups: number
  readonly submits: number
}

/** One side of the comparison, in a worker of its own, since tfjs' kernels and backends are global. */
export interface Contender {
  /** Builds all, and trains two steps. Returns what they took, compiling included. Throws where this cannot be trained. */
  prepare(setup: Setup): Promise<{ firstMs: number; secondMs: number; loss: number }>
  /** Trains so many steps over the next batches, and waits for the last one. Milliseconds in all. */
  train(steps: number): Promise<number>
  /** Milliseconds in which so many steps are handed over, without waiting for anything. */
  encode(steps: number): Promise<number>
  /** Of one step; 0 where the backend is not webgpu. */
  gpuCalls(): Promise<GpuCalls>
  /** Bytes that the backend holds: of the GPU, or of WebAssembly's memory. */
  memoryBytes(): Promise<number>
  /** GFLOP/s of tfjs' product of two matrices of 512 × 512 on this backend. */
  matmulRate(): Promise<number>
}
