import { TributaryError } from '../../shared/errors/error.ts'
import type { Backend } from './backends/backend.ts'
import { wasm } from './backends/wasm.ts'
import { takeContextError, webgl, webglIsLost } from './backends/webgl.ts'
import { takeDeviceError, webgpu, webgpuIsLost } from './backends/webgpu.ts'

/** Throws 'training/failed' where the GPU has refused a command since the last look, or is gone: what it has computed may be wrong. */
export function checkDevice(): void {
  checkPresence()
  const complaint = takeDeviceError() ?? takeContextError()
  if (complaint !== null) throw new DeviceFault(complaint)
}

/** Throws 'training/failed' where the GPU is gone and does not say so itself. */
export function checkPresence(): void {
  if (webglIsLost()) throw new DeviceFault('its context was lost.')
}

/** What the GPU complained of until now is none of the work's that begins. */
export function forgetComplaints(): void {
  takeDeviceError()
  takeContextError()
}

class DeviceFault extends TributaryError {
  constructor(complaint: string) {
    super('training/failed', `The GPU refused a part of the training: ${complaint}`)
  }
}

/**
 * After a task has failed: makes ready for trying it again from what it was given, if it was the GPU's fault. A device that
 * was lost is asked for anew; where that does not help, or what it refused it would refuse again, WebAssembly takes over.
 * `letGo`: of everything that lies on the backend. Answers what computes now; null: it was not the GPU's fault, or nothing is
 * left to try.
 */
export async function recover(thrown: unknown, letGo: () => void): Promise<Backend | null> {
  const lost = await lostBackend()
  if (!lost && !(thrown instanceof DeviceFault)) return null
  letGo()
  for (const backend of lost ? [lost, wasm] : [wasm]) {
    try {
      await backend.activate()
      return backend
    } catch {
      // The next one, then.
    }
  }
  return null
}

/** The present backend, where its device is gone. */
async function lostBackend(): Promise<Backend | null> {
  if (webglIsLost()) return webgl
  return (await webgpuIsLost()) ? webgpu : null
}
