/** Runs a plan. */
import { type Dispatch, encodeAll } from './device.ts'
import type { WebGpuBackend } from './internals.ts'
import type { Plan } from './plan.ts'

/** Before the plan is submitted. */
export function writeInputs(
  { queue }: WebGpuBackend,
  { inputs }: Plan,
  values: { readonly [name: string]: Float32Array },
): void {
  for (const [name, { buffer, offset }] of inputs) {
    const value = values[name] as Float32Array
    queue.writeBuffer(buffer, offset, value.buffer, value.byteOffset, value.byteLength)
  }
}

/** One pass: the plan's own, and what comes after. */
export function submit(
  { device, queue }: WebGpuBackend,
  { dispatches, copies }: Pick<Plan, 'dispatches' | 'copies'>,
  after: readonly Dispatch[] = [],
): void {
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  encodeAll(pass, dispatches)
  encodeAll(pass, after)
  pass.end()
  for (const { from, to } of copies) encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, to.size)
  queue.submit([encoder.finish()])
}
