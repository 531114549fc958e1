/** Pipelines that are compiled beside each other while tfjs, which is being traced, goes on. */
import type { WebGpuBackend } from './internals.ts'

export class PendingPipeline {
  readonly label: string
  readonly ready: Promise<GPUComputePipeline>

  constructor(device: GPUDevice, descriptor: GPUComputePipelineDescriptor) {
    this.label = descriptor.label ?? ''
    this.ready = device.createComputePipelineAsync(descriptor)
    // Whoever waits for it hears of it.
    this.ready.catch(() => {})
  }

  /** tfjs only hands it on to createBindGroup, which is not the device's while it is being traced. */
  getBindGroupLayout(): null {
    return null
  }
}

export type AnyPipeline = GPUComputePipeline | PendingPipeline

/** Takes what is pending out of tfjs' cache, and puts it back when it is compiled. Rejects where something cannot be compiled. */
export async function settlePipelines({ pipelineCache }: WebGpuBackend): Promise<void> {
  const pending = Object.entries(pipelineCache).flatMap(([key, pipeline]) =>
    (pipeline as AnyPipeline) instanceof PendingPipeline
      ? [{ key, pipeline: pipeline as unknown as PendingPipeline }]
      : [],
  )
  for (const { key } of pending) delete pipelineCache[key]
  await Promise.all(
    pending.map(async ({ key, pipeline }) => {
      pipelineCache[key] ??= await pipeline.ready
    }),
  )
}
