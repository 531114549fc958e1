import type { GpuCalls } from '../../../e2e/lab/page/gpu-calls.ts'
import type { BackendName } from '../../../shared/protocol/participant.ts'
import type { ModelName } from '../models.ts'

export type OptimizerName = 'sgd' | 'adam'

export interface Setup {
  readonly side: 'ours' | 'stock'
  readonly model: ModelName
  readonly optimizer: OptimizerName
  /** `auto`: ours chooses as it does in a tab. */
  readonly backend: BackendName | 'auto'
}

export interface Prepared {
  /** With all that is compiled. */
  readonly firstMs: number
  readonly secondMs: number
  readonly loss: number
  readonly backend: BackendName
  /** E.g. "processor with SIMD, 2 threads"; empty where it was not chosen. */
  readonly adapter: string
  /** Of a step, where they are those of products of matrices and convolutions; else null. */
  readonly flops: number | null
}

/** Bytes that the backend holds between steps, and held when they were the most: of the GPU, or of WebAssembly's memory. */
export interface MemoryBytes {
  readonly held: number
  /** null where it cannot be told. */
  readonly peak: number | null
}

/** One side of the comparison, in a worker of its own, since tfjs' kernels and backends are global. */
export interface Contender {
  /** Builds all, and trains two steps. Throws where this cannot be trained. */
  prepare(setup: Setup): Promise<Prepared>
  /** Trains so many steps over the next batches, and waits for the last one. Milliseconds in all. */
  train(steps: number): Promise<number>
  /** Milliseconds in which so many steps are handed over, without waiting for anything. */
  encode(steps: number): Promise<number>
  /** Of one step; 0 where the backend is not webgpu. */
  gpuCalls(): Promise<GpuCalls>
  memory(): Promise<MemoryBytes>
  /** GFLOP/s of this side's product of two matrices of 512 × 512 on this backend. */
  matmulRate(): Promise<number>
}
